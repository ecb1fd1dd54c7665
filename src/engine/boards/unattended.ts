import { holdsBoard } from "../../domain/allocation.js";
import { boardIndex, boardOfIndex } from "../../domain/board.js";
import type { EngineState } from "../state/engine-state.js";
import type { LiveMachine } from "../state/live-job.js";

/** Whether nobody holds the board, and its BMP answers. */
export function isUnattended(state: EngineState, machine: LiveMachine, board: number): boolean {
  const bmp = machine.bmpOf(board);
  return bmp !== null && !state.silentBmps.has(bmp) && !isInUse(state, machine, board);
}

/** Whether a job has the board, or it is powering off or cooling down. */
export function isInUse({ cooldowns }: EngineState, machine: LiveMachine, board: number): boolean {
  const { description, placed } = machine;
  const coordinate = boardOfIndex(board, description);
  if (placed.at(coordinate) !== null) return true;
  for (const cooldown of cooldowns.values()) {
    if (cooldown.machine === machine && holdsBoard(cooldown.allocation, coordinate, description))
      return true;
  }
  return false;
}

/** Whether the configuration says that the board must not be used. */
export function isDead({ description }: LiveMachine, board: number): boolean {
  return description.deadBoards.some((dead) => boardIndex(dead, description) === board);
}
