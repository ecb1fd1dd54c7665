/** A frame of one machine and its boards, as their BMP knows them. */
import type { BoardCoordinate } from "../../domain/board.js";
import type { FpgaIds, FramePosition } from "../../domain/machine.js";
import { boardName, frameName } from "../../domain/names.js";

export interface Frame {
  /** Host name or IP address of its BMP, as configured. */
  readonly bmpAddress: string;
  readonly machine: string;
  readonly position: FramePosition;
}

export interface FrameBoard {
  readonly coordinates: BoardCoordinate;
  /** Which board of the frame it is, 0 … 23. */
  readonly number: number;
  /** What its flag registers should show. */
  readonly fpgaIds: FpgaIds;
}

/** "board [3, 1, 2] of machine spin (cabinet 0, frame 3, board 7, BMP 10.11.3.0)". */
export function nameOfBoard(
  { machine, position: [cabinet, frame], bmpAddress }: Frame,
  { coordinates, number }: FrameBoard,
): string {
  return boardName(machine, coordinates, [cabinet, frame, number], bmpAddress);
}

/** "machine spin, cabinet 0, frame 3". */
export function nameOfFrame({ machine, position }: Frame): string {
  return frameName(machine, position);
}
