/**
 * A machine as one search sees it: what works, what is taken, and what is known of its rows. All of
 * it follows from the boards in use; only rows in which boards came or went are looked at again.
 */

import type { Allocation } from "../../domain/allocation.js";
import { BOARDS_PER_TRIAD } from "../../domain/board.js";
import { type Grid, longestRun } from "../bitmaps/bit-rows.js";
import { BoardPlanes } from "../bitmaps/board-planes.js";
import type { BoardSnapshot } from "../bitmaps/board-snapshot.js";
import type { Topology } from "../bitmaps/topology.js";
import { KnownFailures } from "./known-failures.js";

/** What single boards a row has to offer in triads that are broken open. */
export const Broken = { none: 0, some: 1, lastOfTriad: 2 } as const;

export class SearchSpace {
  readonly grid: Grid;
  /** Planes z = 0, 1, 2: boards in use or resting. */
  readonly busy: Int32Array;
  /** Plane of the triads none of whose boards is in use or resting. */
  readonly freeTriads: Int32Array;
  /** By row: the longest run of free triads. */
  readonly longestRuns: Uint16Array;
  /** By row: one of {@link Broken}. */
  readonly broken: Uint8Array;
  /** What is known of the whole machine, and of its lowest `lowRows`. */
  private readonly failures: KnownFailures;
  private readonly lowFailures: KnownFailures;
  private lowRows = 0;
  private readonly boards: BoardPlanes;
  /** By row: 1 when it may be other than at the last {@link load}. */
  private readonly changed: Uint8Array;

  /** A machine that is empty. */
  constructor(readonly topology: Topology) {
    this.grid = topology.grid;
    const { planeWords, height } = this.grid;
    this.busy = new Int32Array(BOARDS_PER_TRIAD * planeWords);
    this.freeTriads = new Int32Array(planeWords);
    this.longestRuns = new Uint16Array(height);
    this.broken = new Uint8Array(height);
    this.boards = new BoardPlanes(this.busy, 0, this.grid);
    this.changed = new Uint8Array(height).fill(1);
    this.failures = new KnownFailures(this.grid);
    this.lowFailures = new KnownFailures(this.grid);
    for (let y = 0; y < height; y++) this.refreshRow(y);
  }

  /** Takes over what is in use, and forgets what was placed here. Clears `copiedRows`. */
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

  /** What is known of blocks that lie within so many rows, from the lowest on. */
  failuresIn(rows: number): KnownFailures {
    if (rows === this.grid.height) return this.failures;
    if (rows !== this.lowRows) {
      this.lowRows = rows;
      this.lowFailures.forget();
    }
    return this.lowFailures;
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
    let came = 0;
    let went = 0;
    let broken: number = Broken.none;
    for (let word = 0; word < wordsPerRow; word++) {
      const i = y * wordsPerRow + word;
      const busy0 = busy[i]!;
      const busy1 = busy[i + planeWords]!;
      const busy2 = busy[i + 2 * planeWords]!;
      const all = word === wordsPerRow - 1 ? lastWordMask : -1;
      const free = ~(busy0 | busy1 | busy2) & all;
      came |= free & ~freeTriads[i]!;
      went |= freeTriads[i]! & ~free;
      freeTriads[i] = free;
      const live0 = topology.live[i]! & ~busy0;
      const live1 = topology.live[i + planeWords]! & ~busy1;
      const live2 = topology.live[i + 2 * planeWords]! & ~busy2;
      if (((live0 | live1 | live2) & ~(live0 & live1 & live2)) === 0) continue;
      const last = (live0 ^ live1 ^ live2) & ~(live0 & live1 & live2);
      broken = Math.max(broken, last === 0 ? Broken.some : Broken.lastOfTriad);
    }
    this.broken[y] = broken;
    if ((came | went) !== 0) this.longestRuns[y] = longestRun(freeTriads, this.grid, y);
    if (came === 0) return;
    this.failures.rowFreed(y);
    this.lowFailures.rowFreed(y);
  }
}
