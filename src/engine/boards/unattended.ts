import { holdsBoard } from "../../domain/allocation.js";
import { boardIndex, boardOfIndex } from "../../domain/board.js";
import type { EngineState } from "../state/engine-state.js";
import type { LiveMachine } from "../state/live-job.js";

/** Whether nobody holds the board, and its BMP answers. */
export function isUnattended(state: EngineState, machine: LiveMachine, board: number): boolean {
  const { description } = machine;
  const coordinate = boardOfIndex(board, description);
  const bmp = machine.bmpOf(board);
  if (bmp === null || state.silentBmps.has(bmp)) return false;
  if (machine.placed.at(coordinate) !== null) return false;
  for (const cooldown of state.cooldowns.values()) {
    if (cooldown.machine === machine && holdsBoard(cooldown.allocation, coordinate, description))
      return false;
  }
  return true;
}

/** Whether the configuration says that the board must not be used. */
export function isDead({ description }: LiveMachine, board: number): boolean {
  return description.deadBoards.some((dead) => boardIndex(dead, description) === board);
}
