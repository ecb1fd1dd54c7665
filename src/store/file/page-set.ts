/** A set of page numbers, a bit each, in pieces that are made where there are any. */
const PIECE_PAGES = 2 ** 16;

export class PageSet {
  private readonly pieces = new Map<number, Uint8Array>();

  has(page: number): boolean {
    const bits = this.pieces.get(Math.floor(page / PIECE_PAGES));
    const at = page % PIECE_PAGES;
    return bits !== undefined && (bits[at >> 3]! & (1 << (at & 7))) !== 0;
  }

  /** False when it was there already. */
  add(page: number): boolean {
    const number = Math.floor(page / PIECE_PAGES);
    let bits = this.pieces.get(number);
    if (bits === undefined) {
      bits = new Uint8Array(PIECE_PAGES / 8);
      this.pieces.set(number, bits);
    }
    const at = page % PIECE_PAGES;
    const bit = 1 << (at & 7);
    if ((bits[at >> 3]! & bit) !== 0) return false;
    bits[at >> 3]! |= bit;
    return true;
  }
}
