/**
 * How much the server holds for all clients together: what they sent and it has not done, and what
 * it said and they have not read. Beyond a limit the one that takes most has to go, again and again
 * until the rest is within it.
 */
export interface BufferHolder {
  /** Bytes that are held for it now. */
  readonly bufferedBytes: number;
  /** Ends it: from then on it holds nothing. */
  dropForBufferedBytes(totalBytes: number): void;
}

export class BufferedBytes<H extends BufferHolder> {
  /** As last noted, for those who hold anything. */
  private readonly noted = new Map<H, number>();
  private total = 0;

  constructor(private readonly limit: () => number) {}

  get totalBytes(): number {
    return this.total;
  }

  /** Takes in how much is held for one; call it whenever that may have changed. */
  note(holder: H): void {
    const bytes = holder.bufferedBytes;
    const before = this.noted.get(holder) ?? 0;
    if (bytes === before) return;
    if (bytes === 0) this.noted.delete(holder);
    else this.noted.set(holder, bytes);
    this.total += bytes - before;
    while (this.total > this.limit()) this.dropLargest();
  }

  forget(holder: H): void {
    this.total -= this.noted.get(holder) ?? 0;
    this.noted.delete(holder);
  }

  private dropLargest(): void {
    let largest: H | null = null;
    let most = 0;
    for (const [holder, bytes] of this.noted) {
      if (bytes > most) [largest, most] = [holder, bytes];
    }
    if (largest === null) throw new Error(`${this.total} bytes are held for nobody`);
    const { total } = this;
    this.forget(largest);
    largest.dropForBufferedBytes(total);
  }
}
