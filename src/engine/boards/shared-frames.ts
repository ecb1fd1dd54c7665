/**
 * Frames that two machines know. A configuration names a BMP once; but a machine keeps what it knew of a
 * dead board whose lines were deleted, and jobs that have it go on. When the frame is part of another
 * machine by then, that one gives out no board of it that the first still has in use or in cooldown.
 */
import { type Allocation, boardsOf } from "../../domain/allocation.js";
import { boardIndex } from "../../domain/board.js";
import type { EngineState } from "../state/engine-state.js";
import type { LiveMachine } from "../state/live-job.js";
import { findBoard } from "./board-identity.js";
import { updateWithheld } from "./quarantine.js";

/** Finds the BMPs that several machines know, and withholds of their boards what is in use elsewhere. */
export function findSharedFrames(state: EngineState): void {
  const known = new Set<string>();
  const shared = new Set<string>();
  for (const { description } of state.machines) {
    for (const [, bmp] of description.bmpIps) (known.has(bmp) ? shared : known).add(bmp);
  }
  const before = state.sharedBmps;
  state.sharedBmps = shared;
  for (const bmp of new Set([...before, ...shared])) {
    for (const machine of state.machines) {
      for (const board of machine.boardsOfBmp(bmp)) updateWithheld(state, machine, board);
    }
  }
}

/** Gives boards that came free to the other machines that have them. */
export function noteBoardsFree(
  state: EngineState,
  machine: LiveMachine,
  allocation: Allocation,
): void {
  if (state.sharedBmps.size === 0) return;
  for (const coordinates of boardsOf(allocation, machine.description)) {
    const board = boardIndex(coordinates, machine.description);
    const bmp = machine.bmpOf(board);
    if (bmp === null || !state.sharedBmps.has(bmp)) continue;
    const number = machine.numberInFrame(board)!;
    for (const other of findBoard(state.machines, { bmp, number })) {
      updateWithheld(state, other.machine, other.board);
    }
  }
}
