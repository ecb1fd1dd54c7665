/** Which spare board a job of one board gets. */

import { BOARDS_PER_TRIAD } from "../../domain/board.js";
import { trailingZeros } from "../bitmaps/bit-rows.js";
import { type SearchSpace, SpareBoards } from "./search-space.js";

export interface FreeBoard {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/**
 * A spare board: a free live one of a triad that no block can use any more, since other boards of it
 * are in use or dead. The last free board of a triad is preferred, so that as few triads as possible
 * are partly free. Null when there is no spare board.
 * @param rows how many, from the lowest on, are looked at
 */
export function findSpareBoard(space: SearchSpace, rows: number): FreeBoard | null {
  let y = space.spareBoards.indexOf(SpareBoards.lastOfTriad);
  if (y < 0 || y >= rows) y = space.spareBoards.indexOf(SpareBoards.some);
  return y < 0 || y >= rows ? null : boardInRow(space, y);
}

function boardInRow({ grid, topology, busy }: SearchSpace, y: number): FreeBoard | null {
  const { planeWords, wordsPerRow } = grid;
  let second: FreeBoard | null = null;
  for (let word = 0; word < wordsPerRow; word++) {
    const i = y * wordsPerRow + word;
    const free0 = topology.live[i]! & ~busy[i]!;
    const free1 = topology.live[i + planeWords]! & ~busy[i + planeWords]!;
    const free2 = topology.live[i + 2 * planeWords]! & ~busy[i + 2 * planeWords]!;
    const partlyFree = (free0 | free1 | free2) & ~(free0 & free1 & free2);
    const last = partlyFree & (free0 ^ free1 ^ free2);
    if (last === 0 && (partlyFree === 0 || second !== null)) continue;
    const bit = last !== 0 ? last & -last : partlyFree & -partlyFree;
    const z = (free0 & bit) !== 0 ? 0 : (free1 & bit) !== 0 ? 1 : BOARDS_PER_TRIAD - 1;
    const board = { x: word * 32 + trailingZeros(bit), y, z };
    if (last !== 0) return board;
    second = board;
  }
  return second;
}
