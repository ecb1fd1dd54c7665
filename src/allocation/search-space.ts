/** A machine as one search sees it: what works, what is taken, and what is known not to fit. */
import { BOARDS_PER_TRIAD } from "../geometry/index.js";
import type { Grid } from "./bit-rows.js";
import { BoardPlanes } from "./board-planes.js";
import type { Topology } from "./topology.js";
import type { Allocation } from "./types.js";

export class SearchSpace {
  readonly grid: Grid;
  /** Planes z = 0, 1, 2: boards in use or resting. */
  readonly busy: Int32Array;
  /** Plane of the triads none of whose boards is in use or resting. */
  readonly freeTriads: Int32Array;
  private readonly boards: BoardPlanes;
  /** By width: no block that wide and higher than this is free. */
  private readonly highestFree: Int32Array;

  /** A machine that is empty. */
  constructor(readonly topology: Topology) {
    this.grid = topology.grid;
    const { planeWords, width } = this.grid;
    this.busy = new Int32Array(BOARDS_PER_TRIAD * planeWords);
    this.freeTriads = new Int32Array(planeWords);
    this.boards = new BoardPlanes(this.busy, 0, this.grid);
    this.highestFree = new Int32Array(width + 1);
    this.refreshRows(0, this.grid.height);
    this.forget();
  }

  /** Takes over what is in use. */
  load(busy: Int32Array): void {
    let freed = 0;
    for (let i = 0; i < busy.length; i++) {
      const word = busy[i]!;
      freed |= this.busy[i]! & ~word;
      this.busy[i] = word;
    }
    this.refreshRows(0, this.grid.height);
    if (freed !== 0) this.forget();
  }

  occupy(allocation: Allocation): void {
    this.boards.setAll(allocation, true);
    this.refreshRows(allocation.y, allocation.height);
  }

  release(allocation: Allocation): void {
    this.boards.setAll(allocation, false);
    this.refreshRows(allocation.y, allocation.height);
    this.forget();
  }

  /** False when it is known that no w × h block is free. */
  mayBeFree(w: number, h: number): boolean {
    return h <= this.highestFree[w]!;
  }

  /** Remembers, until boards come free, that no w × h block is. */
  noneFree(w: number, h: number): void {
    const { highestFree } = this;
    for (let i = w; i < highestFree.length && highestFree[i]! >= h; i++) highestFree[i] = h - 1;
  }

  private forget(): void {
    this.highestFree.fill(this.grid.height);
  }

  private refreshRows(y: number, count: number): void {
    const { height, wordsPerRow, planeWords, lastWordMask } = this.grid;
    const { busy, freeTriads } = this;
    for (let dy = 0; dy < count; dy++) {
      const row = ((y + dy) % height) * wordsPerRow;
      for (let i = row; i < row + wordsPerRow; i++) {
        freeTriads[i] = ~(busy[i]! | busy[i + planeWords]! | busy[i + 2 * planeWords]!);
      }
      freeTriads[row + wordsPerRow - 1]! &= lastWordMask;
    }
  }
}
