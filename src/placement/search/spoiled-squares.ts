/**
 * How much room a block takes from others: the free squares of triads that it spoils.
 *
 * A square of k × k free triads counts k², so a block that fills a hole costs little and one that
 * cuts a large free area in two costs much. Squares of up to {@link LARGEST} are counted, which lie
 * within a window around the block: one word per row, eroded step by step with and without the block.
 */
import { type Grid, popcount } from "../bitmaps/bit-rows.js";

/** Longest side of the squares counted. */
const LARGEST = 8;
const MARGIN = LARGEST - 1;
const WORD = 32;
const MAX_ROWS = 64;

/** Lowest `count` bits of a word. */
function lowBits(count: number): number {
  return count === WORD ? -1 : (1 << count) - 1;
}

export class SpoiledSquares {
  /** Rows of the window without the block, and with it. */
  private readonly before = new Int32Array(MAX_ROWS);
  private readonly after = new Int32Array(MAX_ROWS);

  constructor(private readonly grid: Grid) {}

  /**
   * The squares that the w × h block at (x, y) spoils, each k × k one counted k² times. A block so
   * large that its window does not fit into a word per row counts as its own triads alone.
   * @param free Plane of the triads that are free; those of the block are.
   */
  weightOf(free: Int32Array, x: number, y: number, w: number, h: number): number {
    const { width, height } = this.grid;
    const columns = Math.min(width, w + 2 * MARGIN);
    const rows = Math.min(height, h + 2 * MARGIN);
    if (columns > WORD || rows > MAX_ROWS) return w * h;
    const left = columns === width ? 0 : MARGIN;
    const below = rows === height ? 0 : MARGIN;
    const fromX = x < left ? x - left + width : x - left;
    const fromY = y < below ? y - below + height : y - below;
    const { before, after } = this;
    const outside = ~(lowBits(w) << left);
    for (let i = 0; i < rows; i++) {
      const bits = this.rowFrom(free, fromY + i < height ? fromY + i : fromY + i - height, fromX);
      before[i] = bits & lowBits(columns);
      after[i] = i >= below && i < below + h ? before[i]! & outside : before[i]!;
    }
    let taken = 0;
    for (let side = 1; side <= LARGEST; side++) {
      const squares = this.countSpoiled(rows);
      if (squares === 0) break;
      taken += squares * side * side;
      this.erode(before, rows, columns);
      this.erode(after, rows, columns);
    }
    return taken;
  }

  /** The bits of a row from x on, around the torus; those beyond the width are arbitrary. */
  private rowFrom(free: Int32Array, y: number, x: number): number {
    const { width, wordsPerRow } = this.grid;
    const row = y * wordsPerRow;
    if (wordsPerRow === 1)
      return x === 0 ? free[row]! : (free[row]! >>> x) | (free[row]! << (width - x));
    let bits = 0;
    for (let done = 0; done < WORD; ) {
      const at = x + done < width ? x + done : x + done - width;
      const shift = at & 31;
      bits |= (free[row + (at >>> 5)]! >>> shift) << done;
      done += Math.min(WORD - shift, width - at);
    }
    return bits;
  }

  private countSpoiled(rows: number): number {
    const { before, after } = this;
    let count = 0;
    for (let i = 0; i < rows; i++) {
      const gone = before[i]! & ~after[i]!;
      if (gone !== 0) count += popcount(gone);
    }
    return count;
  }

  /** From the corners of free k × k squares to those of (k + 1) × (k + 1) squares. */
  private erode(bits: Int32Array, rows: number, columns: number): void {
    const { width, height } = this.grid;
    const first = rows === height ? bits[0]! : 0;
    for (let i = 0; i < rows; i++) {
      const both = bits[i]! & (i + 1 < rows ? bits[i + 1]! : first);
      const moved = columns === width ? (both >>> 1) | (both << (columns - 1)) : both >>> 1;
      bits[i] = both & moved & lowBits(columns);
    }
  }
}
