/**
 * Bit rows: a plane of `width × height` bits, one bit a triad, on the machine's torus.
 *
 *   row y, bit x        word y · wordsPerRow + ⌊x / 32⌋, bit x mod 32 (least significant first)
 *   bits beyond width   always 0
 *
 * The functions work on whole words, so their cost is that of the words, not of the bits.
 */
import type { Size } from "../geometry/index.js";

export interface Grid extends Size {
  readonly wordsPerRow: number;
  /** Words of one plane. */
  readonly planeWords: number;
  /** The bits of the last word of a row that are triads. */
  readonly lastWordMask: number;
}

export function gridOf({ width, height }: Size): Grid {
  const wordsPerRow = (width + 31) >>> 5;
  const rest = width & 31;
  return {
    width,
    height,
    wordsPerRow,
    planeWords: wordsPerRow * height,
    lastWordMask: rest === 0 ? -1 : (1 << rest) - 1,
  };
}

/** Number of set bits of a 32-bit word. */
export function popcount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Sets `row` (wordsPerRow words) to the bits x … x + count - 1, modulo the width. count ≤ width. */
export function fillRowMask(row: Int32Array, grid: Grid, x: number, count: number): void {
  row.fill(0);
  const end = x + count;
  setRange(row, x, Math.min(end, grid.width));
  if (end > grid.width) setRange(row, 0, end - grid.width);
}

function setRange(row: Int32Array, from: number, to: number): void {
  for (let word = from >>> 5; word << 5 < to; word++) {
    const low = Math.max(from - (word << 5), 0);
    const high = Math.min(to - (word << 5), 32);
    const below = high === 32 ? -1 : (1 << high) - 1;
    row[word]! |= below & (-1 << low);
  }
}

export function bitAt(plane: Int32Array, grid: Grid, x: number, y: number): number {
  return (plane[y * grid.wordsPerRow + (x >>> 5)]! >>> (x & 31)) & 1;
}

/**
 * Finds the bottom-left corners of all `w × h` blocks of set bits, wrapped ones too, by ANDing rows
 * with shifts of themselves: ⌈log2 w⌉ passes along the rows, ⌈log2 h⌉ across them.
 * 1 ≤ w ≤ width, 1 ≤ h ≤ height. Returns whether there are any.
 */
export class Eroder {
  /** A row, followed by its own beginning; so that a rotation is a shift. */
  private readonly unrolled: Int32Array;
  private readonly firstRows: Int32Array;

  constructor(private readonly grid: Grid) {
    this.unrolled = new Int32Array(grid.wordsPerRow * 2 + 2);
    this.firstRows = new Int32Array(grid.planeWords);
  }

  /** Writes the corners to `corners`; `plane` is left as it is. */
  erode(plane: Int32Array, corners: Int32Array, w: number, h: number): boolean {
    if (this.grid.wordsPerRow === 1) this.alongNarrowRows(plane, corners, w);
    else this.alongWideRows(plane, corners, w);
    let done = 1;
    while (done < h) {
      const step = Math.min(done, h - done);
      this.acrossRows(corners, step);
      done += step;
    }
    for (let i = 0; i < this.grid.planeWords; i++) if (corners[i] !== 0) return true;
    return false;
  }

  private alongNarrowRows(plane: Int32Array, corners: Int32Array, w: number): void {
    const { width, height, lastWordMask } = this.grid;
    for (let y = 0; y < height; y++) {
      let bits = plane[y]!;
      let done = 1;
      while (done < w && bits !== 0) {
        const step = Math.min(done, w - done);
        bits &= ((bits >>> step) | (bits << (width - step))) & lastWordMask;
        done += step;
      }
      corners[y] = bits;
    }
  }

  private alongWideRows(plane: Int32Array, corners: Int32Array, w: number): void {
    const { height, wordsPerRow } = this.grid;
    for (let y = 0; y < height; y++) {
      const start = y * wordsPerRow;
      let any = 0;
      for (let i = start; i < start + wordsPerRow; i++) {
        const word = plane[i]!;
        corners[i] = word;
        any |= word;
      }
      let done = 1;
      while (done < w && any !== 0) {
        const step = Math.min(done, w - done);
        any = this.andRotated(corners, start, step);
        done += step;
      }
    }
  }

  /** One row: bit x stays set if bit x + step (modulo the width) is. Returns the OR of its words. */
  private andRotated(rows: Int32Array, start: number, step: number): number {
    const { width, wordsPerRow } = this.grid;
    const { unrolled } = this;
    const skip = step >>> 5;
    const shift = step & 31;
    const end = width >>> 5;
    const endShift = width & 31;
    for (let i = 0; i < wordsPerRow; i++) unrolled[i] = rows[start + i]!;
    for (let i = 0; i < skip + 2; i++) {
      const word = i < wordsPerRow ? rows[start + i]! : 0;
      if (endShift === 0) unrolled[end + i] = word;
      else {
        unrolled[end + i]! |= word << endShift;
        unrolled[end + i + 1] = word >>> (32 - endShift);
      }
    }
    let any = 0;
    for (let i = 0; i < wordsPerRow; i++) {
      const low = unrolled[i + skip]!;
      const moved = shift === 0 ? low : (low >>> shift) | (unrolled[i + skip + 1]! << (32 - shift));
      const word = rows[start + i]! & moved;
      rows[start + i] = word;
      any |= word;
    }
    return any;
  }

  /** Row y stays set where row y + step (modulo the height) is. */
  private acrossRows(rows: Int32Array, step: number): void {
    const { firstRows } = this;
    const stepWords = step * this.grid.wordsPerRow;
    const last = this.grid.planeWords - stepWords;
    for (let i = 0; i < stepWords; i++) firstRows[i] = rows[i]!;
    for (let i = 0; i < last; i++) rows[i]! &= rows[i + stepWords]!;
    for (let i = 0; i < stepWords; i++) rows[last + i]! &= firstRows[i]!;
  }
}
