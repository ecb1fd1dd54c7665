/**
 * The shapes for which searches failed. If no w × h block was free, no larger one was either; and a
 * free one can only be found now if it holds a triad that was freed since.
 *
 * Time is counted in rows that had triads freed.
 */
import type { Grid } from "../bitmaps/bit-rows.js";

/** Returned by {@link FailedShapes.rowsFreedSince} when a block may be in any row. */
export const ALL_ROWS = -1;

export class FailedShapes {
  /** By width: at the time knownAt no block that wide and higher than this was free. */
  private readonly highestFree: Int32Array;
  private readonly knownAt: Float64Array;
  /** By row: when a triad of it was last freed. */
  private readonly freedAt: Float64Array;
  /** The rows that had one freed at the last `height` times; `latest` is the index of the last. */
  private readonly log: Int32Array;
  private latest = 0;
  private now = 0;
  /** See {@link rowsFreedSince}. */
  readonly freedRows: Int32Array;

  constructor({ width, height }: Grid) {
    this.highestFree = new Int32Array(width + 1).fill(height);
    this.knownAt = new Float64Array(width + 1);
    this.freedAt = new Float64Array(height);
    this.log = new Int32Array(height);
    this.freedRows = new Int32Array(height);
  }

  clear(): void {
    this.highestFree.fill(this.freedAt.length);
  }

  /** A triad of row y was freed. */
  rowFreed(y: number): void {
    this.latest = this.latest + 1 === this.log.length ? 0 : this.latest + 1;
    this.log[this.latest] = y;
    this.freedAt[y] = ++this.now;
  }

  /** No w × h block is free now. */
  noteNoneFree(w: number, h: number): void {
    const { highestFree, knownAt, now } = this;
    highestFree[w] = h - 1;
    knownAt[w] = now;
    for (let i = w + 1; i < highestFree.length && highestFree[i]! >= h - 1; i++) {
      highestFree[i] = h - 1;
      knownAt[i] = now;
    }
  }

  /**
   * Writes the rows one of which a free w × h block must hold, ascending, to `freedRows` and returns
   * how many; {@link ALL_ROWS} when nothing is known, or nothing worth using.
   */
  rowsFreedSince(w: number, h: number): number {
    if (h <= this.highestFree[w]!) return ALL_ROWS;
    const { log, freedAt, freedRows, now } = this;
    const since = this.knownAt[w]!;
    if (now - since >= log.length) return ALL_ROWS;
    let at = this.latest - (now - since);
    if (at < 0) at += log.length;
    let count = 0;
    for (let time = since + 1; time <= now; time++) {
      at = at + 1 === log.length ? 0 : at + 1;
      const row = log[at]!;
      if (freedAt[row] !== time) continue;
      let to = count++;
      for (; to > 0 && freedRows[to - 1]! > row; to--) freedRows[to] = freedRows[to - 1]!;
      freedRows[to] = row;
    }
    return count;
  }
}
