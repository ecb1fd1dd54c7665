/**
 * How useful the rest of a machine stays when a block is taken: the one place to put another rule.
 *
 * The score is the share of the triads around the block that are taken: a block that leans on
 * others, or fills a hole, cuts up less free space than one in the open.
 */
import { bitAt, countInRow, type Grid } from "./bit-rows.js";

/** Of two positions with the same score, the first in row order is taken. */
export class Score {
  constructor(private readonly grid: Grid) {}

  /**
   * Score of the w × h block at (x, y), 0 … 1; more is better.
   * @param free Plane of the triads that are free; those of the block are.
   */
  of(free: Int32Array, x: number, y: number, w: number, h: number): number {
    const { grid } = this;
    const { width, height } = grid;
    let taken = 0;
    if (w === width) taken += 2 * h;
    else {
      const left = x === 0 ? width - 1 : x - 1;
      const right = x + w >= width ? x + w - width : x + w;
      for (let dy = 0; dy < h; dy++) {
        const row = y + dy < height ? y + dy : y + dy - height;
        taken += 2 - bitAt(free, grid, left, row) - bitAt(free, grid, right, row);
      }
    }
    if (h === height) taken += 2 * w;
    else {
      const below = y === 0 ? height - 1 : y - 1;
      const above = y + h >= height ? y + h - height : y + h;
      taken += 2 * w - countInRow(free, grid, below, x, w) - countInRow(free, grid, above, x, w);
    }
    return taken / (2 * (w + h));
  }
}
