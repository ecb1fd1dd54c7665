/**
 * The board bitmaps of one machine in one SharedArrayBuffer: a cache of the job table, written by
 * the main thread alone and read by search workers. This module alone knows the layout.
 *
 *   32-bit word   what
 *   0             epoch: odd while the writer is at it, 2 more after each write (modulo 2^32)
 *   1, 2          width, height of the machine in triads
 *   3             words per row, ⌈width / 32⌉
 *   4             topology version: 1 more whenever a plane from the fourth on changes
 *   5             id of the buffer, never used twice in a process
 *   6, 7          0
 *   8 …           planes of height · words per row words each, rows as in bit-rows.ts:
 *                   0 –  2   board z is in use or resting
 *                   3 –  5   board z is dead
 *                   6 –  8   board z is quarantined
 *                   9 – 26   link l of board z is dead, plane 9 + 3 l + z
 *
 * Reading is a seqlock: a reader copies what it wants between two reads of the same even epoch. All
 * accesses to the buffer on both sides are Atomics, which the language orders on every hardware.
 */
import type { DeadLink } from "../config/description.js";
import {
  ALL_LINKS,
  BOARDS_PER_TRIAD,
  type BoardCoordinate,
  isInside,
  type Size,
} from "../geometry/index.js";
import { type Grid, gridOf } from "./bit-rows.js";
import { BoardPlanes } from "./board-planes.js";
import { boardCountOf } from "./boards.js";
import type { Allocation } from "./types.js";

const EPOCH = 0;
const WIDTH = 1;
const HEIGHT = 2;
const WORDS_PER_ROW = 3;
const TOPOLOGY_VERSION = 4;
const BUFFER_ID = 5;
const HEADER_WORDS = 8;

const LINKS_PER_BOARD = ALL_LINKS.length;
const BUSY = 0;
const DEAD = BOARDS_PER_TRIAD;
const QUARANTINED = 2 * BOARDS_PER_TRIAD;
const DEAD_LINKS = 3 * BOARDS_PER_TRIAD;
const PLANES = DEAD_LINKS + BOARDS_PER_TRIAD * LINKS_PER_BOARD;

let buffersMade = 0;

/** What never works on a machine; links in one direction each. */
export interface Dead {
  readonly deadBoards: readonly BoardCoordinate[];
  readonly deadLinks: readonly DeadLink[];
}

/** The writer's side. Main thread only. */
export class BoardBitmaps {
  readonly buffer: SharedArrayBuffer;
  private readonly grid: Grid;
  private readonly words: Int32Array;
  private readonly busy: BoardPlanes;
  private readonly dead: BoardPlanes;
  private readonly quarantined: BoardPlanes;
  /** By link: the planes z = 0, 1, 2 of that link. */
  private readonly deadLinks: readonly BoardPlanes[];

  /**
   * Bitmaps of a machine none of whose boards is in use or quarantined.
   * @throws RangeError when a dead board or link is not on the machine.
   */
  constructor(machine: Size & Dead) {
    this.grid = gridOf(machine);
    const { width, height, wordsPerRow, planeWords } = this.grid;
    this.buffer = new SharedArrayBuffer((HEADER_WORDS + PLANES * planeWords) * 4);
    this.words = new Int32Array(this.buffer);
    this.words[WIDTH] = width;
    this.words[HEIGHT] = height;
    this.words[WORDS_PER_ROW] = wordsPerRow;
    this.words[BUFFER_ID] = ++buffersMade;
    const planes = (first: number) =>
      new BoardPlanes(this.words, HEADER_WORDS + first * planeWords, this.grid);
    this.busy = planes(BUSY);
    this.dead = planes(DEAD);
    this.quarantined = planes(QUARANTINED);
    this.deadLinks = ALL_LINKS.map((link) => planes(DEAD_LINKS + link * BOARDS_PER_TRIAD));
    this.setDead(machine.deadBoards, machine.deadLinks);
  }

  /** Of the last write; even. */
  get epoch(): number {
    return Atomics.load(this.words, EPOCH) >>> 0;
  }

  /** Grows when dead or quarantined boards or dead links change. */
  get topologyVersion(): number {
    return Atomics.load(this.words, TOPOLOGY_VERSION) >>> 0;
  }

  /** Whether each board of the allocation is free still: not in use, resting, dead, quarantined. */
  isFree(allocation: Allocation): boolean {
    return (
      this.busy.count(allocation) === 0 &&
      this.dead.count(allocation) === 0 &&
      this.quarantined.count(allocation) === 0
    );
  }

  /**
   * Marks the boards of the allocation, dead or not, as in use.
   * @throws Error when one of them is in use already: the job table would hold a board twice.
   */
  occupy(allocation: Allocation): void {
    if (this.busy.count(allocation) !== 0) {
      throw new Error(`a board of ${describe(allocation)} is in use already`);
    }
    this.write(() => this.busy.setAll(allocation, true));
  }

  /**
   * Marks the boards of the allocation as free.
   * @throws Error when one of them is free already.
   */
  release(allocation: Allocation): void {
    if (this.busy.count(allocation) !== boardCountOf(allocation)) {
      throw new Error(`a board of ${describe(allocation)} is free already`);
    }
    this.write(() => this.busy.setAll(allocation, false));
  }

  /**
   * Replaces what is dead, for a reload; boards in use stay in use.
   * @throws RangeError when a dead board or link is not on the machine.
   */
  setDead(deadBoards: readonly BoardCoordinate[], deadLinks: readonly DeadLink[]): void {
    for (const board of deadBoards) this.checkInside(board);
    for (const [x, y, z, link] of deadLinks) {
      this.checkInside([x, y, z]);
      if (!Number.isInteger(link) || link < 0 || link >= LINKS_PER_BOARD) {
        throw new RangeError(`dead link ${link} of board (${x}, ${y}, ${z}) is not one of 0 … 5`);
      }
    }
    this.write(() => {
      this.clearPlanes(DEAD, QUARANTINED);
      this.clearPlanes(DEAD_LINKS, PLANES);
      for (const [x, y, z] of deadBoards) this.dead.set(x, y, z, true);
      for (const [x, y, z, link] of deadLinks) this.deadLinks[link]!.set(x, y, z, true);
      Atomics.add(this.words, TOPOLOGY_VERSION, 1);
    });
  }

  /**
   * Sets a board aside or takes it back.
   * @throws RangeError when it is not on the machine.
   */
  setQuarantined(board: BoardCoordinate, quarantined: boolean): void {
    this.checkInside(board);
    const [x, y, z] = board;
    this.write(() => {
      this.quarantined.set(x, y, z, quarantined);
      Atomics.add(this.words, TOPOLOGY_VERSION, 1);
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
      `board (${board.join(", ")}) is not on the machine of ${width} × ${height} triads`,
    );
  }

  private clearPlanes(from: number, to: number): void {
    const { planeWords } = this.grid;
    const end = HEADER_WORDS + to * planeWords;
    for (let i = HEADER_WORDS + from * planeWords; i < end; i++) Atomics.store(this.words, i, 0);
  }
}

function describe({ x, y, width, height, board }: Allocation): string {
  if (board !== null) return `board (${x}, ${y}, ${board})`;
  return `block ${width} × ${height} at (${x}, ${y})`;
}

/** A reader's private copy of the bitmaps. */
export interface BoardSnapshot {
  readonly bufferId: number;
  readonly grid: Grid;
  /** Of the write that the copy was made after; even. */
  epoch: number;
  topologyVersion: number;
  /** Planes z = 0, 1, 2, one after the other: in use or resting. */
  readonly busy: Int32Array;
  /** Planes z = 0, 1, 2: dead. */
  readonly dead: Int32Array;
  /** Planes z = 0, 1, 2: quarantined. */
  readonly quarantined: Int32Array;
  /** Planes 3 link + z: that link of board z is dead. */
  readonly deadLinks: Int32Array;
}

/** The id of the buffer, by which a reader tells whether a copy it has is of the same machine. */
export function bufferIdOf(buffer: SharedArrayBuffer): number {
  return Atomics.load(new Int32Array(buffer), BUFFER_ID);
}

/** An empty copy to fill with {@link refresh}. */
export function blankSnapshot(buffer: SharedArrayBuffer): BoardSnapshot {
  const words = new Int32Array(buffer);
  const grid = gridOf({ width: words[WIDTH]!, height: words[HEIGHT]! });
  const planes = (count: number) => new Int32Array(count * grid.planeWords);
  return {
    bufferId: words[BUFFER_ID]!,
    grid,
    epoch: 0,
    topologyVersion: 0,
    busy: planes(BOARDS_PER_TRIAD),
    dead: planes(BOARDS_PER_TRIAD),
    quarantined: planes(BOARDS_PER_TRIAD),
    deadLinks: planes(BOARDS_PER_TRIAD * LINKS_PER_BOARD),
  };
}

/** Tries without a pause; a write takes well under a microsecond unless its thread loses the core. */
const TRIES_AT_ONCE = 100;
/** Further tries, a millisecond apart: ten seconds, which only a writer that died lets pass. */
const TRIES_WITH_PAUSE = 10_000;

/**
 * Makes `into` a consistent copy of the bitmaps. The topology is copied only when it changed.
 * @throws Error when the writer never stops writing.
 */
export function refresh(buffer: SharedArrayBuffer, into: BoardSnapshot): void {
  const words = new Int32Array(buffer);
  const { planeWords } = into.grid;
  const copy = (plane: number, to: Int32Array) => {
    const from = HEADER_WORDS + plane * planeWords;
    for (let i = 0; i < to.length; i++) to[i] = Atomics.load(words, from + i);
  };
  for (let tries = 0; tries < TRIES_AT_ONCE + TRIES_WITH_PAUSE; tries++) {
    const epoch = Atomics.load(words, EPOCH);
    if ((epoch & 1) !== 0) {
      if (tries >= TRIES_AT_ONCE) Atomics.wait(words, EPOCH, epoch, 1);
      continue;
    }
    const version = Atomics.load(words, TOPOLOGY_VERSION) >>> 0;
    copy(BUSY, into.busy);
    if (version !== into.topologyVersion) {
      copy(DEAD, into.dead);
      copy(QUARANTINED, into.quarantined);
      copy(DEAD_LINKS, into.deadLinks);
    }
    if (Atomics.load(words, EPOCH) !== epoch) {
      into.topologyVersion = 0;
      continue;
    }
    into.topologyVersion = version;
    into.epoch = epoch >>> 0;
    return;
  }
  throw new Error(`the board bitmaps ${into.bufferId} were never at rest: has their writer died?`);
}
