/**
 * A reader's copy of the board bitmaps.
 *
 * Reading is a seqlock: a reader copies what it wants between two reads of the same even epoch. All
 * accesses to the buffer on both sides are Atomics, which are ordered on all hardware. The version of
 * a row is written after the row and read before it, so a reader that has the version has that row or,
 * if the epoch then shows a write, will see another version the next time.
 */

import { BOARDS_PER_TRIAD } from "../../domain/board.js";
import { ALL_LINKS } from "../../domain/links.js";
import { type Grid, gridOf } from "./bit-rows.js";
import {
  BUFFER_ID,
  BUSY,
  DEAD,
  DEAD_LINKS,
  EPOCH,
  HEIGHT,
  planesStartOf,
  ROW_VERSIONS,
  TOPOLOGY_VERSION,
  WIDTH,
  WITHHELD,
} from "./bitmap-layout.js";

export interface BoardSnapshot {
  readonly bufferId: number;
  readonly grid: Grid;
  /** Epoch after the last write in the copy; even. */
  epoch: number;
  topologyVersion: number;
  /** By row: the version that the copy is of. */
  readonly rowVersions: Int32Array;
  /** By row: 1 when its boards in use were copied anew; cleared by whoever handles that. */
  readonly copiedRows: Uint8Array;
  /** Planes z = 0, 1, 2, one after the other: in use or in cooldown. */
  readonly busy: Int32Array;
  /** Planes z = 0, 1, 2: dead. */
  readonly dead: Int32Array;
  /** Planes z = 0, 1, 2: withheld. */
  readonly withheld: Int32Array;
  /** Planes 3 link + z: that link of board z is dead. */
  readonly deadLinks: Int32Array;
}

/** The id of the buffer, which tells whether a copy is of the same machine. */
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
    rowVersions: new Int32Array(grid.height).fill(-1),
    copiedRows: new Uint8Array(grid.height),
    busy: planes(BOARDS_PER_TRIAD),
    dead: planes(BOARDS_PER_TRIAD),
    withheld: planes(BOARDS_PER_TRIAD),
    deadLinks: planes(BOARDS_PER_TRIAD * ALL_LINKS.length),
  };
}

/** Tries without a pause; a write takes well under 1 µs unless its thread is preempted. */
const TRIES_AT_ONCE = 100;
/** Further tries, 1 ms apart, 10 s in all: only a dead writer takes that long. */
const TRIES_WITH_PAUSE = 10_000;

/**
 * Makes `into` a consistent copy of the bitmaps. Rows and topology are copied only when they changed.
 * @throws Error when the writer never stops writing.
 */
export function refresh(buffer: SharedArrayBuffer, into: BoardSnapshot): void {
  const words = new Int32Array(buffer);
  const { planeWords } = into.grid;
  const planesStart = planesStartOf(into.grid);
  const copy = (plane: number, to: Int32Array) => {
    const from = planesStart + plane * planeWords;
    for (let i = 0; i < to.length; i++) to[i] = Atomics.load(words, from + i);
  };
  for (let tries = 0; tries < TRIES_AT_ONCE + TRIES_WITH_PAUSE; tries++) {
    const epoch = Atomics.load(words, EPOCH);
    if ((epoch & 1) !== 0) {
      if (tries >= TRIES_AT_ONCE) Atomics.wait(words, EPOCH, epoch, 1);
      continue;
    }
    const version = Atomics.load(words, TOPOLOGY_VERSION) >>> 0;
    copyChangedRows(words, into);
    if (version !== into.topologyVersion) {
      copy(DEAD, into.dead);
      copy(WITHHELD, into.withheld);
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
  throw new Error(
    `a write to the bitmaps of a machine (buffer ${into.bufferId}) has not ended within 10 s: the main thread must have stopped in the middle of it. Start the server again and report this log`,
  );
}

function copyChangedRows(words: Int32Array, into: BoardSnapshot): void {
  const { height, wordsPerRow, planeWords } = into.grid;
  const busy = planesStartOf(into.grid) + BUSY * planeWords;
  for (let y = 0; y < height; y++) {
    const version = Atomics.load(words, ROW_VERSIONS + y);
    if (version === into.rowVersions[y]) continue;
    into.rowVersions[y] = version;
    into.copiedRows[y] = 1;
    for (let z = 0; z < BOARDS_PER_TRIAD; z++) {
      const row = z * planeWords + y * wordsPerRow;
      for (let i = row; i < row + wordsPerRow; i++) into.busy[i] = Atomics.load(words, busy + i);
    }
  }
}
