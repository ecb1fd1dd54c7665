/**
 * A machine as one search sees it: what works, what is taken, and what is known of its rows. All of
 * it follows from the boards in use; only rows in which boards were taken or freed are updated.
 */

import type { Allocation } from "../../domain/allocation.js";
import { BOARDS_PER_TRIAD } from "../../domain/board.js";
import { type Grid, longestRun } from "../bitmaps/bit-rows.js";
import { BoardPlanes } from "../bitmaps/board-planes.js";
import type { BoardSnapshot } from "../bitmaps/board-snapshot.js";
import type { Topology } from "../bitmaps/topology.js";
import { FailedShapes } from "./failed-shapes.js";

/** Which spare boards a row has: free ones of triads that are not wholly free. */
export const SpareBoards = { none: 0, some: 1, lastOfTriad: 2 } as const;

export class SearchSpace {
  readonly grid: Grid;
  /** Planes z = 0, 1, 2: boards in use or in cooldown. */
  readonly busy: Int32Array;
  /** Plane of the triads none of whose boards is in use or in cooldown. */
  readonly freeTriads: Int32Array;
  /** By row: the longest run of free triads. */
  readonly longestRuns: Uint16Array;
  /** By row: one of {@link SpareBoards}. */
  readonly spareBoards: Uint8Array;
  /** Of the whole machine, and of its lowest `lowRows`. */
  private readonly failedShapes: FailedShapes;
  private readonly lowFailedShapes: FailedShapes;
  private lowRows = 0;
  private readonly boards: BoardPlanes;
  /** By row: 1 when it may differ from the last {@link load}. */
  private readonly changed: Uint8Array;

  /** The space of an empty machine. */
  constructor(readonly topology: Topology) {
    this.grid = topology.grid;
    const { planeWords, height } = this.grid;
    this.busy = new Int32Array(BOARDS_PER_TRIAD * planeWords);
    this.freeTriads = new Int32Array(planeWords);
    this.longestRuns = new Uint16Array(height);
    this.spareBoards = new Uint8Array(height);
    this.boards = new BoardPlanes(this.busy, 0, this.grid);
    this.changed = new Uint8Array(height).fill(1);
    this.failedShapes = new FailedShapes(this.grid);
    this.lowFailedShapes = new FailedShapes(this.grid);
    for (let y = 0; y < height; y++) this.refreshRow(y);
  }

  /** Takes over which boards are in use, and drops what was placed here. Clears `copiedRows`. */
  load({ busy, copiedRows }: BoardSnapshot): void {
    const { height, wordsPerRow, planeWords } = this.grid;
    for (let y = 0; y < height; y++) {
      if ((copiedRows[y]! | this.changed[y]!) === 0) continue;
      copiedRows[y] = this.changed[y] = 0;
      let changed = 0;
      for (let z = 0; z < BOARDS_PER_TRIAD; z++) {
        const row = z * planeWords + y * wordsPerRow;
        for (let i = row; i < row + wordsPerRow; i++) {
          const word = busy[i]!;
          changed |= this.busy[i]! ^ word;
          this.busy[i] = word;
        }
      }
      if (changed !== 0) this.refreshRow(y);
    }
  }

  /** The failed shapes within so many rows, from the lowest on. */
  failedShapesIn(rows: number): FailedShapes {
    if (rows === this.grid.height) return this.failedShapes;
    if (rows !== this.lowRows) {
      this.lowRows = rows;
      this.lowFailedShapes.clear();
    }
    return this.lowFailedShapes;
  }

  /** Whether none of the boards is in use or in cooldown. */
  isFree(allocation: Allocation): boolean {
    return this.boards.count(allocation) === 0;
  }

  occupy(allocation: Allocation): void {
    this.setBusy(allocation, true);
  }

  release(allocation: Allocation): void {
    this.setBusy(allocation, false);
  }

  private setBusy(allocation: Allocation, busy: boolean): void {
    this.boards.setAll(allocation, busy);
    const { height } = this.grid;
    for (let dy = 0; dy < allocation.height; dy++) {
      const y = allocation.y + dy < height ? allocation.y + dy : allocation.y + dy - height;
      this.changed[y] = 1;
      this.refreshRow(y);
    }
  }

  private refreshRow(y: number): void {
    const { wordsPerRow, planeWords, lastWordMask } = this.grid;
    const { busy, freeTriads, topology } = this;
    let freed = 0;
    let taken = 0;
    let spare: number = SpareBoards.none;
    for (let word = 0; word < wordsPerRow; word++) {
      const i = y * wordsPerRow + word;
      const busy0 = busy[i]!;
      const busy1 = busy[i + planeWords]!;
      const busy2 = busy[i + 2 * planeWords]!;
      const all = word === wordsPerRow - 1 ? lastWordMask : -1;
      const free = ~(busy0 | busy1 | busy2) & all;
      freed |= free & ~freeTriads[i]!;
      taken |= freeTriads[i]! & ~free;
      freeTriads[i] = free;
      const live0 = topology.live[i]! & ~busy0;
      const live1 = topology.live[i + planeWords]! & ~busy1;
      const live2 = topology.live[i + 2 * planeWords]! & ~busy2;
      if (((live0 | live1 | live2) & ~(live0 & live1 & live2)) === 0) continue;
      const last = (live0 ^ live1 ^ live2) & ~(live0 & live1 & live2);
      spare = Math.max(spare, last === 0 ? SpareBoards.some : SpareBoards.lastOfTriad);
    }
    this.spareBoards[y] = spare;
    if ((freed | taken) !== 0) this.longestRuns[y] = longestRun(freeTriads, this.grid, y);
    if (freed === 0) return;
    this.failedShapes.rowFreed(y);
    this.lowFailedShapes.rowFreed(y);
  }
}
