/**
 * How useful the rest of a machine stays when a block is taken. Another rule would go here.
 *
 *   room      the free squares that the block spoils (spoiled-squares.ts); the fewest is best
 *   contact   the share of the triads around the block that are taken: a block next to others leaves
 *             less of a ragged edge
 *   side      small blocks go to the lowest rows and large ones to the highest, so that the many small
 *             ones do not break up the space that large ones leave
 *
 * docs/decisions/score-of-a-place.md shows how this and other rules did on the traces.
 */
import { bitAt, countInRow, type Grid } from "../bitmaps/bit-rows.js";
import { SpoiledSquares } from "./spoiled-squares.js";

/** What contact on all sides, and the full height of the machine, are worth in spoiled triads. */
const CONTACT = 20;
const SIDE = 20;
/** Most triads of a small block: as many as a frame has. */
const SMALL = 8;

/** Of two positions with the same score, the first in row order is taken. */
export class Score {
  private readonly squares: SpoiledSquares;

  constructor(private readonly grid: Grid) {
    this.squares = new SpoiledSquares(grid);
  }

  /**
   * What speaks for the w × h block at (x, y) and is cheap to compute; more is better.
   * @param free Plane of the triads that are free; those of the block are.
   */
  contactAndSide(free: Int32Array, x: number, y: number, w: number, h: number): number {
    const { height } = this.grid;
    const side = (w * h <= SMALL ? height - y - h : y) / height;
    return CONTACT * this.contact(free, x, y, w, h) + SIDE * side;
  }

  /** What speaks against it, to be subtracted: the room that it takes. */
  spoiledSquares(free: Int32Array, x: number, y: number, w: number, h: number): number {
    return this.squares.weightOf(free, x, y, w, h);
  }

  /** Share of the triads around the block that are taken, 0 … 1. */
  private contact(free: Int32Array, x: number, y: number, w: number, h: number): number {
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
