/**
 * Layout of the board bitmaps of one machine, all in one SharedArrayBuffer.
 *
 *   32-bit word   what
 *   0             epoch: odd during a write, 2 more after each (modulo 2^32)
 *   1, 2          width, height of the machine in triads
 *   3             words per row, ⌈width / 32⌉
 *   4             topology version: 1 more whenever planes 3 – 26 change
 *   5             id of the buffer, never used twice in a process
 *   6, 7          0
 *   8 …           a version for each row, 1 more after each write of boards in use in it
 *   8 + height …  planes of height · words per row words each, rows as in bit-rows.ts:
 *                   0 –  2   board z is in use or in cooldown
 *                   3 –  5   board z is dead
 *                   6 –  8   board z is withheld
 *                   9 – 26   link l of board z is dead, plane 9 + 3 l + z
 */

import { BOARDS_PER_TRIAD } from "../../domain/board.js";
import { ALL_LINKS } from "../../domain/links.js";
import type { Grid } from "./bit-rows.js";

export const EPOCH = 0;
export const WIDTH = 1;
export const HEIGHT = 2;
export const WORDS_PER_ROW = 3;
export const TOPOLOGY_VERSION = 4;
export const BUFFER_ID = 5;
export const ROW_VERSIONS = 8;

export const BUSY = 0;
export const DEAD = BOARDS_PER_TRIAD;
export const WITHHELD = 2 * BOARDS_PER_TRIAD;
export const DEAD_LINKS = 3 * BOARDS_PER_TRIAD;
export const PLANES = DEAD_LINKS + BOARDS_PER_TRIAD * ALL_LINKS.length;

/** Where plane 0 begins. */
export function planesStartOf({ height }: Grid): number {
  return ROW_VERSIONS + height;
}
