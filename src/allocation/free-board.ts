/** Which free board a job of one board gets while a triad is broken open. */
import { BOARDS_PER_TRIAD } from "../geometry/index.js";
import type { SearchSpace } from "./search-space.js";

export interface FreeBoard {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/**
 * A live free board of a triad that no block can use whole any more: one with boards in use or dead
 * boards. The last free board of a triad is preferred, so that the fewest triads stay broken open.
 * Null when every free board is in an unbroken triad.
 */
export function findFreeBoard({ grid, topology, busy }: SearchSpace): FreeBoard | null {
  const { height, planeWords, wordsPerRow, lastWordMask } = grid;
  let second: FreeBoard | null = null;
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < wordsPerRow; i++) {
      const index = y * wordsPerRow + i;
      const free0 = topology.live[index]! & ~busy[index]!;
      const free1 = topology.live[index + planeWords]! & ~busy[index + planeWords]!;
      const free2 = topology.live[index + 2 * planeWords]! & ~busy[index + 2 * planeWords]!;
      const any = free0 | free1 | free2;
      const whole = free0 & free1 & free2;
      const broken = any & ~whole & (i === wordsPerRow - 1 ? lastWordMask : -1);
      if (broken === 0) continue;
      const last = broken & (free0 ^ free1 ^ free2);
      if (last === 0 && second !== null) continue;
      const bit = last !== 0 ? last & -last : broken & -broken;
      const z = (free0 & bit) !== 0 ? 0 : (free1 & bit) !== 0 ? 1 : BOARDS_PER_TRIAD - 1;
      const board = { x: i * 32 + 31 - Math.clz32(bit), y, z };
      if (last !== 0) return board;
      second = board;
    }
  }
  return second;
}
