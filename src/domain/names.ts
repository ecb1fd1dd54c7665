/** How boards and frames are named to people: one wording for logs, reasons of failures and programs. */
import type { BoardCoordinate, BoardPosition } from "./board.js";
import type { FramePosition } from "./machine.js";

/** "[3, 1, 2]". */
function coordinatesText(board: BoardCoordinate): string {
  return `[${board.join(", ")}]`;
}

/** "cabinet 0, frame 3, board 7". */
export function positionName([cabinet, frame, board]: BoardPosition): string {
  return `cabinet ${cabinet}, frame ${frame}, board ${board}`;
}

/**
 * "board [3, 1, 2] of machine spin (cabinet 0, frame 3, board 7, BMP 10.11.3.0)"; without the
 * position, or without the BMP address, where the configuration gives none.
 */
export function boardName(
  machine: string,
  board: BoardCoordinate,
  position: BoardPosition | null,
  bmpAddress: string | null = null,
): string {
  const name = `board ${coordinatesText(board)} of machine ${machine}`;
  if (position === null) return name;
  const bmp = bmpAddress === null ? "" : `, BMP ${bmpAddress}`;
  return `${name} (${positionName(position)}${bmp})`;
}

/** "machine spin, cabinet 0, frame 3". */
export function frameName(machine: string, [cabinet, frame]: FramePosition): string {
  return `machine ${machine}, cabinet ${cabinet}, frame ${frame}`;
}
