/**
 * Finds the bottom-left corners of all free w × h blocks, wrapped ones too: rows are ANDed with
 * shifts of themselves, ⌈log2 w⌉ passes along the rows and ⌈log2 h⌉ across them.
 *
 * Only stretches of h or more rows one after the other in which a block may lie are looked at: on a
 * machine that is nearly full these are few, so what is left is one step a row.
 */
import { type Grid, popcount } from "./bit-rows.js";

/** Rows of corners worked on at once; a machine of today is one band. */
const LEAST_BAND = 32;

export class Eroder {
  /** A row, followed by its own beginning, so that a rotation is a shift. */
  private readonly unrolled: Int32Array;
  /** The rows of a stretch; the whole machine is followed by its own beginning. */
  private readonly stretch: Int32Array;

  constructor(private readonly grid: Grid) {
    this.unrolled = new Int32Array(grid.wordsPerRow * 2 + 2);
    this.stretch = new Int32Array(grid.planeWords * 2);
  }

  /**
   * Writes corners to `corners` and returns how many, 0 only when there are none. 1 ≤ w ≤ width,
   * 1 ≤ h ≤ height.
   * @param rows By row: 1 where a block may lie, 0 where none does.
   * @param enough How many corners are enough; the rest may be left out.
   */
  erode(
    plane: Int32Array,
    rows: Uint8Array,
    corners: Int32Array,
    w: number,
    h: number,
    enough: number,
  ): number {
    const { height } = this.grid;
    corners.fill(0);
    const gap = rows.indexOf(0);
    if (gap < 0) return this.erodeStretch(plane, corners, 0, height + h - 1, w, h, enough);
    let found = 0;
    let length = 0;
    for (let step = 1; step <= height && found < enough; step++) {
      const y = gap + step < height ? gap + step : gap + step - height;
      if (rows[y] === 1) {
        length++;
        continue;
      }
      if (length >= h) {
        const from = y < length ? y - length + height : y - length;
        found += this.erodeStretch(plane, corners, from, length, w, h, enough - found);
      }
      length = 0;
    }
    return found;
  }

  /** Corners of blocks within the rows from … from + length - 1, which may go around the torus. */
  private erodeStretch(
    plane: Int32Array,
    corners: Int32Array,
    from: number,
    length: number,
    w: number,
    h: number,
    enough: number,
  ): number {
    const starts = length - h + 1;
    const band = Math.max(LEAST_BAND, h);
    let found = 0;
    for (let start = 0; start < starts && found < enough; start += band) {
      const count = Math.min(band, starts - start);
      found += this.erodeBand(plane, corners, from + start, count, w, h);
    }
    return found;
  }

  /** Corners in the rows from … from + count - 1 of blocks that may reach beyond these. */
  private erodeBand(
    plane: Int32Array,
    corners: Int32Array,
    from: number,
    count: number,
    w: number,
    h: number,
  ): number {
    const { height, wordsPerRow } = this.grid;
    const { stretch } = this;
    const length = count + h - 1;
    for (let i = 0; i < length; i++) {
      const y = (from + i) % height;
      if (wordsPerRow === 1) stretch[i] = this.alongNarrowRow(plane[y]!, w);
      else this.alongWideRow(plane, y * wordsPerRow, i * wordsPerRow, w);
    }
    for (let done = 1; done < h; ) {
      const step = Math.min(done, h - done);
      done += step;
      const distance = step * wordsPerRow;
      const end = (length - done + 1) * wordsPerRow;
      for (let i = 0; i < end; i++) stretch[i]! &= stretch[i + distance]!;
    }
    let found = 0;
    for (let i = 0; i < count; i++) {
      const to = ((from + i) % height) * wordsPerRow;
      for (let word = 0; word < wordsPerRow; word++) {
        const bits = stretch[i * wordsPerRow + word]!;
        corners[to + word] = bits;
        if (bits !== 0) found += popcount(bits);
      }
    }
    return found;
  }

  private alongNarrowRow(row: number, w: number): number {
    const { width, lastWordMask } = this.grid;
    let bits = row;
    for (let done = 1; done < w && bits !== 0; ) {
      const step = Math.min(done, w - done);
      bits &= ((bits >>> step) | (bits << (width - step))) & lastWordMask;
      done += step;
    }
    return bits;
  }

  private alongWideRow(plane: Int32Array, row: number, to: number, w: number): void {
    const { wordsPerRow } = this.grid;
    for (let i = 0; i < wordsPerRow; i++) this.stretch[to + i] = plane[row + i]!;
    for (let done = 1; done < w; ) {
      const step = Math.min(done, w - done);
      if (this.andRotated(this.stretch, to, step) === 0) return;
      done += step;
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
}
