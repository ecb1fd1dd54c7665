/**
 * Finds the bottom-left corners of free w × h blocks, wrapped ones too, in a band of rows: rows are
 * ANDed with shifts of themselves, ⌈log2 w⌉ passes along the rows and ⌈log2 h⌉ across them.
 */
import type { Grid } from "../bitmaps/bit-rows.js";

/** Most rows of corners that one band has. */
export const BAND_ROWS = 32;

/** Blocks up to this width reach from one word no further than into the next. */
const WITHIN_TWO_WORDS = 32;

export class Eroder {
  /** The corners found, a row of words for each row of the band. */
  readonly band: Int32Array;
  /** A row, followed by its own beginning, so that a rotation is a shift. */
  private readonly unrolled: Int32Array;

  constructor(private readonly grid: Grid) {
    this.band = new Int32Array((BAND_ROWS + grid.height) * grid.wordsPerRow);
    this.unrolled = new Int32Array(grid.wordsPerRow * 2 + 2);
  }

  /**
   * Writes the corners in rows from … from + count - 1 to `band`; the blocks may reach beyond these
   * rows, and around the torus. Returns whether there are any. 1 ≤ w ≤ width, 1 ≤ h ≤ height.
   * @param from -height < from < height
   * @param count At most {@link BAND_ROWS}.
   */
  erode(plane: Int32Array, from: number, count: number, w: number, h: number): boolean {
    const { height, wordsPerRow } = this.grid;
    const { band } = this;
    const length = count + h - 1;
    let y = from < 0 ? from + height : from;
    for (let i = 0; i < length; i++) {
      if (wordsPerRow === 1) band[i] = this.alongNarrowRow(plane[y]!, w);
      else if (w <= WITHIN_TWO_WORDS) this.alongRow(plane, y * wordsPerRow, i * wordsPerRow, w);
      else this.alongWideRow(plane, y * wordsPerRow, i * wordsPerRow, w);
      y = y + 1 === height ? 0 : y + 1;
    }
    for (let done = 1; done < h; ) {
      const step = Math.min(done, h - done);
      done += step;
      const distance = step * wordsPerRow;
      const end = (length - done + 1) * wordsPerRow;
      for (let i = 0; i < end; i++) band[i]! &= band[i + distance]!;
    }
    let any = 0;
    for (let i = count * wordsPerRow - 1; i >= 0; i--) any |= band[i]!;
    return any !== 0;
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

  /** For two words per row or more. Each word is handled together with the 32 bits that follow it. */
  private alongRow(plane: Int32Array, row: number, to: number, w: number): void {
    const { width, wordsPerRow, lastWordMask } = this.grid;
    const { band } = this;
    const last = wordsPerRow - 1;
    const inLast = width & 31;
    const first = plane[row]!;
    const joined = inLast === 0 ? plane[row + last]! : plane[row + last]! | (first << inLast);
    let word = first;
    for (let i = 0; i < wordsPerRow; i++) {
      let low = word;
      let high: number;
      if (i + 1 < last) high = plane[row + i + 1]!;
      else if (i < last) high = joined;
      else high = inLast === 0 ? first : first >>> (32 - inLast);
      word = high;
      for (let done = 1; done < w && low !== 0; ) {
        const step = done + done <= w ? done : w - done;
        low &= (low >>> step) | (high << (32 - step));
        high &= high >>> step;
        done += step;
      }
      band[to + i] = i === last ? low & lastWordMask : low;
    }
  }

  private alongWideRow(plane: Int32Array, row: number, to: number, w: number): void {
    const { wordsPerRow } = this.grid;
    for (let i = 0; i < wordsPerRow; i++) this.band[to + i] = plane[row + i]!;
    for (let done = 1; done < w; ) {
      const step = Math.min(done, w - done);
      if (this.andRotated(to, step) === 0) return;
      done += step;
    }
  }

  /** One row of the band: bit x stays set if bit x + step (modulo the width) is. Returns their OR. */
  private andRotated(start: number, step: number): number {
    const { width, wordsPerRow } = this.grid;
    const { unrolled, band } = this;
    const skip = step >>> 5;
    const shift = step & 31;
    const end = width >>> 5;
    const endShift = width & 31;
    for (let i = 0; i < wordsPerRow; i++) unrolled[i] = band[start + i]!;
    for (let i = 0; i < skip + 2; i++) {
      const word = i < wordsPerRow ? band[start + i]! : 0;
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
      const word = band[start + i]! & moved;
      band[start + i] = word;
      any |= word;
    }
    return any;
  }
}
