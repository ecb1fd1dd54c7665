/** How people are told which board is meant; the same words everywhere. */
import type { BoardCoordinate, BoardPosition } from "./board.js";

/** `board [3, 1, 2] of machine spin (cabinet 0, frame 3, board 7)`; without position, none is told. */
export function boardName(
  machine: string,
  coordinates: BoardCoordinate,
  position: BoardPosition | null,
): string {
  const where = position === null ? "" : ` (${positionName(position)})`;
  return `board [${coordinates.join(", ")}] of machine ${machine}${where}`;
}

/** `cabinet 0, frame 3, board 7`. */
export function positionName([cabinet, frame, board]: BoardPosition): string {
  return `cabinet ${cabinet}, frame ${frame}, board ${board}`;
}
