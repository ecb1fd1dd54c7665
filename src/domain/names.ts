/** How boards and frames are named to people: one wording for logs, reasons of failures and programs. */
import type { BoardCoordinate, BoardPosition } from "./board.js";
import { counted } from "./counted.js";
import type { FramePosition } from "./machine.js";

/** How people call each link, by its number. */
export const LINK_NAMES = ["east", "north-east", "north", "west", "south-west", "south"] as const;

/** "[3, 1, 2]": coordinates of a board, or other numbers as a configuration writes them. */
export function tupleText(numbers: readonly number[]): string {
  return `[${numbers.join(", ")}]`;
}

/** "cabinet 0, frame 3". */
export function framePositionName([cabinet, frame]: FramePosition): string {
  return `cabinet ${cabinet}, frame ${frame}`;
}

/** "cabinet 0, frame 3, board 7". */
export function positionName([cabinet, frame, board]: BoardPosition): string {
  return `${framePositionName([cabinet, frame])}, board ${board}`;
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
  const name = `board ${tupleText(board)} of machine ${machine}`;
  if (position === null) return name;
  const bmp = bmpAddress === null ? "" : `, BMP ${bmpAddress}`;
  return `${name} (${positionName(position)}${bmp})`;
}

/** " and 2 more boards", to stand behind the name of the first; nothing for none. */
export function andMoreBoards(more: number): string {
  return more === 0 ? "" : ` and ${counted(more, "more board")}`;
}

/** "machine spin, cabinet 0, frame 3". */
export function frameName(machine: string, position: FramePosition): string {
  return `machine ${machine}, ${framePositionName(position)}`;
}
