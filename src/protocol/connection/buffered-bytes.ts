/**
 * How much the server buffers for all clients together: requests that wait, and answers that have not
 * been read. Beyond a limit the client with the most is disconnected, and then the next, until the
 * rest is within the limit.
 */
export interface BufferHolder {
  /** Bytes buffered for it now. */
  readonly bufferedBytes: number;
  /** Disconnects it: from then on nothing is buffered for it. */
  disconnectToFreeBuffers(totalBytes: number): void;
}

export class BufferedBytes<H extends BufferHolder> {
  /** At the last update, for those with any. */
  private readonly bytesOf = new Map<H, number>();
  private total = 0;

  constructor(private readonly limit: () => number) {}

  get totalBytes(): number {
    return this.total;
  }

  /** To be called whenever the bytes of one may have changed. */
  update(holder: H): void {
    const bytes = holder.bufferedBytes;
    const before = this.bytesOf.get(holder) ?? 0;
    if (bytes === before) return;
    if (bytes === 0) this.bytesOf.delete(holder);
    else this.bytesOf.set(holder, bytes);
    this.total += bytes - before;
    while (this.total > this.limit()) this.disconnectLargest();
  }

  forget(holder: H): void {
    this.total -= this.bytesOf.get(holder) ?? 0;
    this.bytesOf.delete(holder);
  }

  private disconnectLargest(): void {
    let largest: H | null = null;
    let most = 0;
    for (const [holder, bytes] of this.bytesOf) {
      if (bytes > most) [largest, most] = [holder, bytes];
    }
    if (largest === null) throw new Error(`${this.total} bytes are buffered for nobody`);
    const { total } = this;
    this.forget(largest);
    largest.disconnectToFreeBuffers(total);
  }
}
