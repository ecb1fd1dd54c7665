/**
 * Which rows of a machine are open to a small job while a large one waits.
 *
 * A large block comes free soonest where few jobs have to end for it. Small jobs are the most, and
 * wherever they get in they would be spread over the whole machine, so that it had to run nearly empty
 * before a large one fits. So while one waits that does not fit, all that ask for no more than a
 * sixteenth of it keep to the low rows: clear of the rows at the top that hold three times what it
 * asks for. A quarter of the machine is always open.
 *
 * These figures did well on traces of very different kinds (docs/decisions/queue-policies.md).
 */

import type { Size } from "../domain/board.js";
import { type PlacementRequest, triadsAsked } from "../domain/request.js";

/** A job is small beside one that asks for so many times as much. */
const TIMES_AS_LARGE = 16;
/** The rows kept clear hold so many times what the large job asks for. */
const TIMES_CLEAR = 3;
/** Share of the rows that is open in any case. */
const ALWAYS_OPEN = 1 / 4;

/**
 * How many rows of a machine, from the lowest on, are open to a request; its height for all.
 * @param largest Triads that the largest job asks for that waits and does not fit; 0 when none does.
 */
export function rowsOpenTo(request: PlacementRequest, largest: number, machine: Size): number {
  const { width, height } = machine;
  // Whoever asks for one board by its coordinates, or for the whole machine, has no choice.
  if (request.size.kind === "board" || request.requireTorus) return height;
  if (TIMES_AS_LARGE * triadsAsked(request) > largest) return height;
  const clear = Math.ceil((TIMES_CLEAR * largest) / width);
  return Math.max(Math.ceil(ALWAYS_OPEN * height), height - clear);
}
