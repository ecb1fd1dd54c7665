/**
 * Reserved rows: the upper rows of a machine, which small jobs leave free while a large eligible job
 * has no room.
 *
 * A large block comes free soonest where few jobs have to end for it. Most jobs are small, and if they
 * started wherever a board is free they would be scattered over the whole machine, which would then
 * have to run nearly empty before a large job fits. So while a large one waits, jobs that ask for no
 * more than a sixteenth of what it asks for start only in the rows below: the reserved ones hold three
 * times what it asks for. A quarter of the rows is always open.
 *
 * These figures did well on traces of very different kinds (docs/decisions/queue-policies.md).
 */

import type { Size } from "../domain/board.js";
import { type PlacementRequest, triadsAsked } from "../domain/request.js";

/** A job is small beside one that asks for at least this many times as much. */
const LARGE_TO_SMALL = 16;
/** The reserved rows hold this many times what the large job asks for. */
const RESERVED_TO_ASKED = 3;
/** Share of the rows that is never reserved. */
const LEAST_OPEN_SHARE = 1 / 4;

/**
 * How many rows of a machine, from the lowest on, are open to a request; its height for all of them.
 * @param largestWaiting triads that the largest eligible job asks for that has no room; 0 for none
 */
export function rowsOpenTo(
  request: PlacementRequest,
  largestWaiting: number,
  { width, height }: Size,
): number {
  // A request for one board by its coordinates, or for the whole machine, leaves no choice.
  if (request.size.kind === "board" || request.requireTorus) return height;
  if (LARGE_TO_SMALL * triadsAsked(request) > largestWaiting) return height;
  const reserved = Math.ceil((RESERVED_TO_ASKED * largestWaiting) / width);
  return Math.max(Math.ceil(LEAST_OPEN_SHARE * height), height - reserved);
}
