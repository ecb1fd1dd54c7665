/**
 * The board bitmaps of one machine in shared memory: a cache of the job table, written only by the
 * main thread and read by search workers (board-snapshot.ts). The epoch is odd during a write. All
 * accesses are Atomics, which are ordered on all hardware.
 */

import type { Allocation } from "../../domain/allocation.js";
import { boardCountOf } from "../../domain/allocation.js";
import { BOARDS_PER_TRIAD, type BoardCoordinate, isInside, type Size } from "../../domain/board.js";
import { invariant } from "../../domain/invariant.js";
import { ALL_LINKS } from "../../domain/links.js";
import type { DeadLink } from "../../domain/machine.js";
import { tupleText } from "../../domain/names.js";
import { type Grid, gridOf } from "./bit-rows.js";
import {
  BUFFER_ID,
  BUSY,
  DEAD,
  DEAD_LINKS,
  EPOCH,
  HEIGHT,
  PLANES,
  planesStartOf,
  ROW_VERSIONS,
  TOPOLOGY_VERSION,
  WIDTH,
  WITHHELD,
  WORDS_PER_ROW,
} from "./bitmap-layout.js";
import { BoardPlanes } from "./board-planes.js";

let buffersMade = 0;

/** Each dead link in one direction. */
export interface DeadBoardsAndLinks {
  readonly deadBoards: readonly BoardCoordinate[];
  readonly deadLinks: readonly DeadLink[];
}

/** The writer's side; for the main thread only. */
export class BoardBitmaps {
  readonly buffer: SharedArrayBuffer;
  private readonly grid: Grid;
  private readonly words: Int32Array;
  private readonly planesStart: number;
  private readonly busy: BoardPlanes;
  private readonly dead: BoardPlanes;
  private readonly withheld: BoardPlanes;
  /** By link: the planes z = 0, 1, 2 of that link. */
  private readonly deadLinks: readonly BoardPlanes[];

  /**
   * Bitmaps of a machine none of whose boards is in use or withheld.
   * @throws RangeError when a dead board or link is not on the machine.
   */
  constructor(machine: Size & DeadBoardsAndLinks) {
    this.grid = gridOf(machine);
    const { width, height, wordsPerRow, planeWords } = this.grid;
    this.planesStart = planesStartOf(this.grid);
    this.buffer = new SharedArrayBuffer((this.planesStart + PLANES * planeWords) * 4);
    this.words = new Int32Array(this.buffer);
    this.words[WIDTH] = width;
    this.words[HEIGHT] = height;
    this.words[WORDS_PER_ROW] = wordsPerRow;
    this.words[BUFFER_ID] = ++buffersMade;
    const planes = (first: number) =>
      new BoardPlanes(this.words, this.planesStart + first * planeWords, this.grid);
    this.busy = planes(BUSY);
    this.dead = planes(DEAD);
    this.withheld = planes(WITHHELD);
    this.deadLinks = ALL_LINKS.map((link) => planes(DEAD_LINKS + link * BOARDS_PER_TRIAD));
    this.setDead(machine.deadBoards, machine.deadLinks);
  }

  /** Epoch after the last write; even. */
  get epoch(): number {
    return Atomics.load(this.words, EPOCH) >>> 0;
  }

  /** Grows when dead boards, dead links or withheld boards change. */
  get topologyVersion(): number {
    return Atomics.load(this.words, TOPOLOGY_VERSION) >>> 0;
  }

  /** Whether each board of the allocation is free: not in use, in cooldown, dead or withheld. */
  isFree(allocation: Allocation): boolean {
    return (
      this.busy.count(allocation) === 0 &&
      this.dead.count(allocation) === 0 &&
      this.withheld.count(allocation) === 0
    );
  }

  /**
   * Marks the boards of the allocation, dead or not, as in use.
   * @throws InvariantError when one of them is in use already: the job table would hold a board twice.
   */
  occupy(allocation: Allocation): void {
    invariant(
      this.busy.count(allocation) === 0,
      () => `${describe(allocation)} is given out but in use already`,
    );
    this.setBusy(allocation, true);
  }

  /**
   * Marks the boards of the allocation as free.
   * @throws InvariantError when one of them is free already.
   */
  release(allocation: Allocation): void {
    invariant(
      this.busy.count(allocation) === boardCountOf(allocation),
      () => `${describe(allocation)} is given back but free already`,
    );
    this.setBusy(allocation, false);
  }

  /**
   * Replaces what is dead, for a reload; boards in use stay in use.
   * @throws RangeError when a dead board or link is not on the machine.
   */
  setDead(deadBoards: readonly BoardCoordinate[], deadLinks: readonly DeadLink[]): void {
    for (const board of deadBoards) this.checkInside(board);
    for (const [x, y, z, link] of deadLinks) {
      this.checkInside([x, y, z]);
      if (!Number.isInteger(link) || link < 0 || link >= ALL_LINKS.length) {
        throw new RangeError(
          `dead link ${link} of board ${tupleText([x, y, z])} is not one of 0 … 5`,
        );
      }
    }
    this.write(() => {
      this.clearPlanes(DEAD, WITHHELD);
      this.clearPlanes(DEAD_LINKS, PLANES);
      for (const [x, y, z] of deadBoards) this.dead.set(x, y, z, true);
      for (const [x, y, z, link] of deadLinks) this.deadLinks[link]!.set(x, y, z, true);
      Atomics.add(this.words, TOPOLOGY_VERSION, 1);
    });
  }

  /** Whether a board is in use or in cooldown. */
  isBusy([x, y, z]: BoardCoordinate): boolean {
    return this.busy.has(x, y, z);
  }

  isWithheld([x, y, z]: BoardCoordinate): boolean {
    return this.withheld.has(x, y, z);
  }

  /**
   * Marks a board as withheld, or as available again.
   * @throws RangeError when it is not on the machine.
   */
  setWithheld(board: BoardCoordinate, isWithheld: boolean): void {
    this.checkInside(board);
    const [x, y, z] = board;
    this.write(() => {
      this.withheld.set(x, y, z, isWithheld);
      Atomics.add(this.words, TOPOLOGY_VERSION, 1);
    });
  }

  private setBusy(allocation: Allocation, busy: boolean): void {
    const { height } = this.grid;
    this.write(() => {
      this.busy.setAll(allocation, busy);
      for (let dy = 0; dy < allocation.height; dy++) {
        Atomics.add(this.words, ROW_VERSIONS + ((allocation.y + dy) % height), 1);
      }
    });
  }

  private write(change: () => void): void {
    Atomics.add(this.words, EPOCH, 1);
    change();
    Atomics.add(this.words, EPOCH, 1);
  }

  private checkInside(board: BoardCoordinate): void {
    if (isInside(board, this.grid)) return;
    const { width, height } = this.grid;
    throw new RangeError(
      `board ${tupleText(board)} is not on the machine of ${width} × ${height} triads`,
    );
  }

  private clearPlanes(from: number, to: number): void {
    const { planeWords } = this.grid;
    const end = this.planesStart + to * planeWords;
    for (let i = this.planesStart + from * planeWords; i < end; i++)
      Atomics.store(this.words, i, 0);
  }
}

function describe({ x, y, width, height, board }: Allocation): string {
  if (board !== null) return `board ${tupleText([x, y, board])}`;
  return `a board of the block of ${width} × ${height} triads at ${tupleText([x, y])}`;
}
