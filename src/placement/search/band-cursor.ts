/**
 * Goes through the rows in which the bottom-left corner of a free w × h block may lie, in bands of
 * neighbouring rows. A row is left out when
 *
 *   it, or one of the h - 1 above it, has no run of w free triads; or
 *   no such block was free at an earlier search, and neither it nor one of the h - 1 above it had a
 *   triad freed since; or
 *   the block would not lie within the rows that may be used, which are all or the lowest ones.
 */
import { BAND_ROWS } from "./eroder.js";
import { ALL_ROWS } from "./failed-shapes.js";
import type { SearchSpace } from "./search-space.js";

export class BandCursor {
  /** The band: rows from … from + count - 1. The first may be below 0: rows wrap around the torus. */
  from = 0;
  count = 0;
  private w = 0;
  private h = 0;
  /** Intervals of rows for corners, from inclusive to exclusive; the last is at `interval`. */
  private readonly starts: Int32Array;
  private readonly ends: Int32Array;
  private intervals = 0;
  private interval = 0;
  /** The next row for a corner, and the first one from there on not known to have a run of w. */
  private at = 0;
  private checked = 0;

  constructor(private readonly space: SearchSpace) {
    this.starts = new Int32Array(space.grid.height);
    this.ends = new Int32Array(space.grid.height);
  }

  /** @param rows how many, from the lowest on, may be used */
  start(w: number, h: number, rows: number): void {
    this.w = w;
    this.h = h;
    this.findIntervals(rows);
    if (rows < this.space.grid.height) this.keepBelow(rows - h + 1);
    this.interval = 0;
    this.at = this.checked = this.starts[0]!;
  }

  /** Moves to the next band; false when there is none. */
  next(): boolean {
    const { w, h, space } = this;
    const { longestRuns, grid } = space;
    const { height } = grid;
    while (this.interval < this.intervals) {
      const end = this.ends[this.interval]!;
      const wanted = Math.min(end, this.at + BAND_ROWS) + h - 1;
      let { checked } = this;
      while (checked < wanted) {
        const y = checked < 0 ? checked + height : checked < height ? checked : checked - height;
        if (longestRuns[y]! < w) break;
        checked++;
      }
      this.from = this.at;
      this.count = checked - this.at - h + 1;
      if (checked < wanted) this.at = this.checked = checked + 1;
      else {
        this.at += this.count;
        this.checked = checked;
      }
      if (this.at >= end) {
        this.interval++;
        if (this.interval < this.intervals) this.at = this.checked = this.starts[this.interval]!;
      }
      if (this.count > 0) return true;
    }
    return false;
  }

  private findIntervals(usableRows: number): void {
    const { starts, ends, h, space } = this;
    const { height } = space.grid;
    const failedShapes = space.failedShapesIn(usableRows);
    const freed = failedShapes.rowsFreedSince(this.w, h);
    let total = freed === ALL_ROWS ? height : 0;
    let count = 0;
    for (let i = 0; i < freed && total < height; i++) {
      const row = failedShapes.freedRows[i]!;
      const start = row - h + 1;
      if (count > 0 && start <= ends[count - 1]!) {
        total += row + 1 - ends[count - 1]!;
        ends[count - 1] = row + 1;
        continue;
      }
      starts[count] = start;
      ends[count++] = row + 1;
      total += h;
    }
    if (total >= height) {
      starts[0] = 0;
      ends[0] = height;
      count = 1;
    }
    this.intervals = count;
  }

  /** Leaves out the corners in rows from `end` on, and those below 0, which wrap to the top. */
  private keepBelow(end: number): void {
    const { starts, ends } = this;
    let kept = 0;
    for (let i = 0; i < this.intervals; i++) {
      const from = Math.max(0, starts[i]!);
      const to = Math.min(end, ends[i]!);
      if (from >= to) continue;
      starts[kept] = from;
      ends[kept++] = to;
    }
    this.intervals = kept;
  }
}
