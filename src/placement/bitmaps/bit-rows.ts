/**
 * Bit rows: a plane of `width × height` bits, one bit a triad, on the machine's torus.
 *
 *   row y, bit x        word y · wordsPerRow + ⌊x / 32⌋, bit x mod 32 (least significant first)
 *   bits beyond width   always 0
 *
 * The functions work on whole words, so their cost is that of the words, not of the bits.
 */
import type { Size } from "../../domain/board.js";

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

/** How many of the bits x … x + count - 1, modulo the width, of row y are set. count ≤ width. */
export function countInRow(
  plane: Int32Array,
  grid: Grid,
  y: number,
  x: number,
  count: number,
): number {
  const end = x + count;
  const row = y * grid.wordsPerRow;
  if (end <= grid.width) return countInRange(plane, row, x, end);
  return countInRange(plane, row, x, grid.width) + countInRange(plane, row, 0, end - grid.width);
}

function countInRange(plane: Int32Array, row: number, from: number, to: number): number {
  let count = 0;
  for (let word = from >>> 5; word << 5 < to; word++) {
    let bits = plane[row + word]!;
    if (bits === 0) continue;
    if (word << 5 < from) bits &= -1 << (from & 31);
    if (to - (word << 5) < 32) bits &= (1 << (to & 31)) - 1;
    count += popcount(bits);
  }
  return count;
}

/** Position of the lowest set bit of a word that is not 0. */
export function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}

/** Length of the longest run of set bits of row y, around the torus. */
export function longestRun(plane: Int32Array, grid: Grid, y: number): number {
  const { width, wordsPerRow } = grid;
  const row = y * wordsPerRow;
  let longest = 0;
  let current = 0;
  let first = -1;
  for (let word = 0; word < wordsPerRow; word++) {
    let bits = plane[row + word]!;
    let left = Math.min(32, width - (word << 5));
    while (left > 0) {
      const run = Math.min(left, bits === -1 ? 32 : trailingZeros(~bits));
      current += run;
      left -= run;
      if (left === 0) break;
      if (first < 0) first = current;
      if (current > longest) longest = current;
      current = 0;
      bits >>>= run;
      if (bits === 0) break;
      const zeros = trailingZeros(bits);
      bits >>>= zeros;
      left -= zeros;
    }
  }
  if (first < 0) return current;
  return Math.max(longest, current + first);
}
