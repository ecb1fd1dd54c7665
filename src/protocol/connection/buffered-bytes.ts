/**
 * How much the server buffers for all clients together, and for those of each host: requests that wait,
 * and answers that have not been read. Beyond a limit the client with the most is disconnected, of the
 * host with the most, and then the next, until the rest is within the limit.
 */
import type { Host } from "../hosts/host.js";

export interface BufferHolder {
  readonly host: Pick<Host, "address" | "bufferedBytes">;
  /** Bytes buffered for it alone now. */
  readonly bufferedBytes: number;
  /** Bytes of what it is still to be sent and is shared with others. */
  readonly sharedBytes: number;
  /** Disconnects it: from then on nothing is buffered for it. */
  disconnectToFreeBuffers(why: string): void;
}

export interface BufferLimits {
  readonly bufferedBytesPerHost: number;
  readonly totalBufferedBytes: number;
}

export class BufferedBytes<H extends BufferHolder> {
  /** At the last update, for those with any. */
  private readonly bytesOf = new Map<H, number>();
  private total = 0;

  /** @param sharedBytes - Bytes held for nobody but those who are still to be sent them. */
  constructor(
    private readonly limits: () => BufferLimits,
    private readonly sharedBytes: () => number,
  ) {}

  get totalBytes(): number {
    return this.total;
  }

  /** To be called whenever the bytes of one may have changed. */
  update(holder: H): void {
    const bytes = holder.bufferedBytes;
    const before = this.bytesOf.get(holder) ?? 0;
    if (bytes !== before || bytes + holder.sharedBytes > 0) this.note(holder, before, bytes);
    const { bufferedBytesPerHost, totalBufferedBytes } = this.limits();
    while (holder.host.bufferedBytes > bufferedBytesPerHost) {
      const { address, bufferedBytes } = holder.host;
      const largest = this.largest(({ host }) => (host === holder.host ? 0 : -1));
      if (largest === null) return;
      this.disconnect(
        largest,
        `it has the largest share of the ${bufferedBytes} bytes buffered for clients of ${address}; ` +
          `the limit is ${bufferedBytesPerHost} for each host (clientLimits.bufferedBytesPerHost)`,
      );
    }
    while (this.total + this.sharedBytes() > totalBufferedBytes) {
      const bytes = this.total + this.sharedBytes();
      const largest = this.largest(({ host }) => host.bufferedBytes);
      if (largest === null) return;
      this.disconnect(
        largest,
        `its host, and of that it, has the largest share of the ${bytes} bytes buffered for all ` +
          `clients; the limit is ${totalBufferedBytes} (clientLimits.totalBufferedBytes)`,
      );
    }
  }

  forget(holder: H): void {
    const bytes = this.bytesOf.get(holder);
    if (bytes === undefined) return;
    this.total -= bytes;
    holder.host.bufferedBytes -= bytes;
    this.bytesOf.delete(holder);
  }

  private note(holder: H, before: number, bytes: number): void {
    if (bytes + holder.sharedBytes === 0) this.bytesOf.delete(holder);
    else this.bytesOf.set(holder, bytes);
    this.total += bytes - before;
    holder.host.bufferedBytes += bytes - before;
  }

  /** Of those of the highest rank, if that is not below zero, the one for whom most is held. */
  private largest(rankOf: (holder: H) => number): H | null {
    let largest: H | null = null;
    let highest = 0;
    let most = 0;
    for (const [holder, bytes] of this.bytesOf) {
      const rank = rankOf(holder);
      const all = bytes + holder.sharedBytes;
      if (rank < highest || (rank === highest && all <= most)) continue;
      [largest, highest, most] = [holder, rank, all];
    }
    return largest;
  }

  private disconnect(holder: H, why: string): void {
    this.forget(holder);
    holder.disconnectToFreeBuffers(why);
  }
}
