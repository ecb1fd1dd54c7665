/** Sums over any block of a torus in constant time: a summed-area table of the torus laid out twice. */
import type { Size } from "../../domain/board.js";

export class BlockSums {
  private readonly stride: number;
  private readonly sums: Int32Array;

  /** @param cells by y · width + x */
  constructor({ width, height }: Size, cells: Uint8Array) {
    this.stride = 2 * width + 1;
    this.sums = new Int32Array(this.stride * (2 * height + 1));
    for (let y = 0; y < 2 * height; y++) {
      let row = 0;
      for (let x = 0; x < 2 * width; x++) {
        row += cells[(y % height) * width + (x % width)]!;
        this.sums[(y + 1) * this.stride + x + 1] = this.sums[y * this.stride + x + 1]! + row;
      }
    }
  }

  /** 0 ≤ x, x + w ≤ 2 · width, and so for y and h. */
  of(x: number, y: number, w: number, h: number): number {
    const bottom = y * this.stride + x;
    const top = bottom + h * this.stride;
    return this.sums[top + w]! - this.sums[top]! - this.sums[bottom + w]! + this.sums[bottom]!;
  }
}
