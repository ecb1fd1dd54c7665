/** Which boards an allocation holds, how it wraps, and where its periphery is. */

import {
  BOARDS_PER_TRIAD,
  type BoardCoordinate,
  boardIndex,
  boardOfIndex,
  type Size,
  wrap,
} from "./board.js";
import { SINGLE_BOARD_CHIPS, sizeInChips } from "./chips.js";
import { ALL_LINKS, followLink, type Link, WrapAround } from "./links.js";

/**
 * Boards given to one job: a block of triads, which may wrap around the torus, less the boards that
 * are dead or not reachable; or a single board.
 */
export interface Allocation {
  /** Bottom-left triad of the block. 0 ≤ x < machine width, 0 ≤ y < machine height. */
  readonly x: number;
  readonly y: number;
  /** Size of the block in triads; 1 × 1 for a single board. */
  readonly width: number;
  readonly height: number;
  /** z of a single-board allocation, null for a block. */
  readonly board: 0 | 1 | 2 | null;
  /**
   * Boards of the block that do not belong to the allocation, as indices into the block,
   * (dx · height + dy) · 3 + z with dx, dy relative to (x, y). Ascending. Empty for a single board.
   */
  readonly missing: readonly number[];
}

/** One board as an allocation. */
export function singleBoard([x, y, z]: BoardCoordinate): Allocation {
  return { x, y, width: 1, height: 1, board: z as 0 | 1 | 2, missing: [] };
}

/** Boards of the allocation in block order: by dx, dy, z from its bottom-left triad. */
export function boardsOf(allocation: Allocation, machine: Size): BoardCoordinate[] {
  const { x, y, width, height, board, missing } = allocation;
  if (board !== null) return [[x, y, board]];
  const boards: BoardCoordinate[] = [];
  let nextMissing = 0;
  for (let dx = 0; dx < width; dx++) {
    for (let dy = 0; dy < height; dy++) {
      for (let z = 0; z < BOARDS_PER_TRIAD; z++) {
        if (missing[nextMissing] === (dx * height + dy) * BOARDS_PER_TRIAD + z) nextMissing++;
        else boards.push([(x + dx) % machine.width, (y + dy) % machine.height, z]);
      }
    }
  }
  return boards;
}

/** How many boards the allocation has. */
export function boardCountOf({ width, height, board, missing }: Allocation): number {
  return board !== null ? 1 : width * height * BOARDS_PER_TRIAD - missing.length;
}

/** Whether a board of the machine belongs to the allocation. */
export function holdsBoard(
  { x, y, width, height, board, missing }: Allocation,
  [bx, by, bz]: BoardCoordinate,
  machine: Size,
): boolean {
  const dx = wrap(bx - x, machine.width);
  const dy = wrap(by - y, machine.height);
  if (board !== null) return dx === 0 && dy === 0 && bz === board;
  if (dx >= width || dy >= height) return false;
  return !missing.includes((dx * height + dy) * BOARDS_PER_TRIAD + bz);
}

/**
 * How the allocation wraps: a block as wide (high) as the machine is a torus in x (y) when links
 * between its boards cross its own edge there. Only missing boards along that edge can prevent that;
 * dead links do not count. A single board is never a torus.
 */
export function wrapOf(allocation: Allocation, machine: Size): WrapAround {
  const { width, height, board, missing } = allocation;
  const wide = board === null && width === machine.width ? WrapAround.x : 0;
  const high = board === null && height === machine.height ? WrapAround.y : 0;
  if (missing.length === 0 || (wide | high) === 0) return (wide | high) as WrapAround;
  const gone = new Set(missing);
  const block = { width, height };
  let crossed = 0;
  for (let index = 0; index < width * height * BOARDS_PER_TRIAD; index++) {
    if (gone.has(index)) continue;
    for (const link of ALL_LINKS) {
      const end = followLink(boardOfIndex(index, block), link, block);
      if ((end.wrap & ~(wide | high)) === 0 && !gone.has(boardIndex(end.board, block))) {
        crossed |= end.wrap;
      }
    }
  }
  return crossed as WrapAround;
}

/** Width and height of the allocation in chips, as clients see them. 8 × 8 for one board. */
export function chipsOf(
  allocation: Allocation,
  machine: Size,
): { readonly width: number; readonly height: number } {
  if (boardCountOf(allocation) === 1) return SINGLE_BOARD_CHIPS;
  return sizeInChips(allocation, wrapOf(allocation, machine));
}

/** The board that chip coordinates in the job are relative to. */
export function originOf({ x, y, board }: Allocation): BoardCoordinate {
  return [x, y, board ?? 0];
}

/** Every link from a board of the allocation to a board outside it, in block order. */
export function peripheryOf(
  allocation: Allocation,
  machine: Size,
): (readonly [BoardCoordinate, Link])[] {
  const boards = boardsOf(allocation, machine);
  const members = new Set(boards.map((board) => boardIndex(board, machine)));
  const periphery: (readonly [BoardCoordinate, Link])[] = [];
  for (const board of boards) {
    for (const link of ALL_LINKS) {
      const target = followLink(board, link, machine).board;
      if (!members.has(boardIndex(target, machine))) periphery.push([board, link]);
    }
  }
  return periphery;
}
