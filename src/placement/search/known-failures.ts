/**
 * What searches that failed have shown. That no w × h block was free holds for larger blocks as well,
 * and stays true but for blocks that hold a triad which came free since.
 *
 * Times count the rows in which triads came free.
 */
import type { Grid } from "../bitmaps/bit-rows.js";

/** Returned by {@link KnownFailures.freedSince} when a block may be anywhere. */
export const ANYWHERE = -1;

export class KnownFailures {
  /** By width: at the time knownAt no block that wide and higher than this was free. */
  private readonly highestFree: Int32Array;
  private readonly knownAt: Float64Array;
  /** By row: when a triad of it last came free. */
  private readonly freedAt: Float64Array;
  /** The rows in which one did, at the last `height` times; `latest` is where the last one is. */
  private readonly log: Int32Array;
  private latest = 0;
  private now = 0;
  /** See {@link freedSince}. */
  readonly rows: Int32Array;

  constructor({ width, height }: Grid) {
    this.highestFree = new Int32Array(width + 1).fill(height);
    this.knownAt = new Float64Array(width + 1);
    this.freedAt = new Float64Array(height);
    this.log = new Int32Array(height);
    this.rows = new Int32Array(height);
  }

  forget(): void {
    this.highestFree.fill(this.freedAt.length);
  }

  /** A triad of row y came free. */
  rowFreed(y: number): void {
    this.latest = this.latest + 1 === this.log.length ? 0 : this.latest + 1;
    this.log[this.latest] = y;
    this.freedAt[y] = ++this.now;
  }

  /** No w × h block is free now. */
  noneFree(w: number, h: number): void {
    const { highestFree, knownAt, now } = this;
    highestFree[w] = h - 1;
    knownAt[w] = now;
    for (let i = w + 1; i < highestFree.length && highestFree[i]! >= h - 1; i++) {
      highestFree[i] = h - 1;
      knownAt[i] = now;
    }
  }

  /**
   * Writes the rows one of which a free w × h block must hold, ascending, to `rows` and returns how
   * many; {@link ANYWHERE} when nothing is known, or nothing worth using.
   */
  freedSince(w: number, h: number): number {
    if (h <= this.highestFree[w]!) return ANYWHERE;
    const { log, freedAt, rows, now } = this;
    const since = this.knownAt[w]!;
    if (now - since >= log.length) return ANYWHERE;
    let at = this.latest - (now - since);
    if (at < 0) at += log.length;
    let count = 0;
    for (let time = since + 1; time <= now; time++) {
      at = at + 1 === log.length ? 0 : at + 1;
      const row = log[at]!;
      if (freedAt[row] !== time) continue;
      let to = count++;
      for (; to > 0 && rows[to - 1]! > row; to--) rows[to] = rows[to - 1]!;
      rows[to] = row;
    }
    return count;
  }
}
