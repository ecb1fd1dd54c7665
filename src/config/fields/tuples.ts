/** Boards, positions, frames and links as configuration files write them. */
import type { BoardCoordinate, BoardPosition } from "../../domain/board.js";
import type { DeadLink, FpgaIds, FramePosition } from "../../domain/machine.js";
import { type PlainType, plainType } from "./plain-type.js";

/** Triads along one side of a machine; far above any machine, low enough to reject a slip of a key. */
export const MAX_TRIADS_PER_SIDE = 1024;

/** A BMP packet has five bits for the board in the frame. */
const MAX_BOARD_IN_FRAME = 31;

export interface TupleType<T extends readonly number[]> extends PlainType<T> {
  /** The greatest whole number allowed in each place; the least is 0. */
  readonly maxima: readonly number[];
}

function tuple<T extends readonly number[]>(
  maxima: { readonly [I in keyof T]: number },
  expected: string,
): TupleType<T> {
  const is = (value: unknown): value is T =>
    Array.isArray(value) &&
    value.length === maxima.length &&
    maxima.every((max, i) => Number.isInteger(value[i]) && value[i] >= 0 && value[i] <= max);
  return { maxima, ...plainType(expected, is) };
}

/** What a record can hold. */
const ANY = 2 ** 32 - 1;
const SIDE = MAX_TRIADS_PER_SIDE - 1;

export const board = tuple<BoardCoordinate>(
  [SIDE, SIDE, 2],
  `a board [x, y, z] of whole numbers, x and y from 0 to ${SIDE}, z from 0 to 2`,
);

export const position = tuple<BoardPosition>(
  [ANY, ANY, MAX_BOARD_IN_FRAME],
  `a position [cabinet, frame, board] of whole numbers from 0, cabinet and frame at most ${ANY}, board at most ${MAX_BOARD_IN_FRAME}`,
);

export const frame = tuple<FramePosition>(
  [ANY, ANY],
  `a frame [cabinet, frame] of whole numbers from 0 to ${ANY}`,
);

export const deadLink = tuple<DeadLink>(
  [SIDE, SIDE, 2, 5],
  `a link [x, y, z, link] of whole numbers, x and y from 0 to ${SIDE}, z from 0 to 2, link from 0 (Links.east) to 5 (Links.south)`,
);

export const fpgaIds = tuple<FpgaIds>(
  [3, 3, 3],
  "the ids of FPGA 0, 1 and 2, [id, id, id], whole numbers from 0 to 3",
);
