/**
 * The boards of an allocation in three planes z = 0, 1, 2 that follow one another in `words` from
 * `start`. Whole rows of a block are handled at once; only missing boards one by one. Stores are
 * Atomics, since the planes may be shared.
 */

import type { Allocation } from "../../domain/allocation.js";
import { BOARDS_PER_TRIAD } from "../../domain/board.js";
import { fillRowMask, type Grid, popcount } from "./bit-rows.js";

export class BoardPlanes {
  private readonly rowMask: Int32Array;

  constructor(
    private readonly words: Int32Array,
    private readonly start: number,
    private readonly grid: Grid,
  ) {
    this.rowMask = new Int32Array(grid.wordsPerRow);
  }

  has(x: number, y: number, z: number): boolean {
    return ((this.words[this.wordOf(x, y, z)]! >>> (x & 31)) & 1) === 1;
  }

  set(x: number, y: number, z: number, value: boolean): void {
    const index = this.wordOf(x, y, z);
    const bit = 1 << (x & 31);
    const word = this.words[index]!;
    Atomics.store(this.words, index, value ? word | bit : word & ~bit);
  }

  /** How many boards of the allocation are set. */
  count(allocation: Allocation): number {
    const { x, y, width, height, board, missing } = allocation;
    if (board !== null) return this.has(x, y, board) ? 1 : 0;
    const { wordsPerRow } = this.grid;
    fillRowMask(this.rowMask, this.grid, x, width);
    let count = 0;
    for (let z = 0; z < BOARDS_PER_TRIAD; z++) {
      for (let dy = 0; dy < height; dy++) {
        const row = this.wordOf(0, (y + dy) % this.grid.height, z);
        for (let i = 0; i < wordsPerRow; i++) {
          const hit = this.words[row + i]! & this.rowMask[i]!;
          if (hit !== 0) count += popcount(hit);
        }
      }
    }
    if (count === 0) return 0;
    for (const index of missing) if (this.hasMissing(allocation, index)) count--;
    return count;
  }

  /** Sets or clears the boards of the allocation; its missing boards stay as they are. */
  setAll(allocation: Allocation, value: boolean): void {
    const { x, y, width, height, board, missing } = allocation;
    if (board !== null) {
      this.set(x, y, board, value);
      return;
    }
    const unlike =
      missing.length === 0
        ? missing
        : missing.filter((index) => this.hasMissing(allocation, index) !== value);
    const { wordsPerRow } = this.grid;
    fillRowMask(this.rowMask, this.grid, x, width);
    for (let z = 0; z < BOARDS_PER_TRIAD; z++) {
      for (let dy = 0; dy < height; dy++) {
        const row = this.wordOf(0, (y + dy) % this.grid.height, z);
        for (let i = 0; i < wordsPerRow; i++) {
          const mask = this.rowMask[i]!;
          if (mask === 0) continue;
          const word = this.words[row + i]!;
          Atomics.store(this.words, row + i, value ? word | mask : word & ~mask);
        }
      }
    }
    for (const index of unlike) {
      const [mx, my, z] = this.coordinatesOf(allocation, index);
      this.set(mx, my, z, !value);
    }
  }

  private wordOf(x: number, y: number, z: number): number {
    return this.start + z * this.grid.planeWords + y * this.grid.wordsPerRow + (x >>> 5);
  }

  private hasMissing(allocation: Allocation, index: number): boolean {
    const [x, y, z] = this.coordinatesOf(allocation, index);
    return this.has(x, y, z);
  }

  private coordinatesOf({ x, y, height }: Allocation, index: number): [number, number, number] {
    const triad = Math.floor(index / BOARDS_PER_TRIAD);
    return [
      (x + Math.floor(triad / height)) % this.grid.width,
      (y + (triad % height)) % this.grid.height,
      index % BOARDS_PER_TRIAD,
    ];
  }
}
