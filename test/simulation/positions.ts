/** Where boards are bolted in, as text: what stays the same when machines are described anew. */

import type { Allocation } from "../../src/domain/allocation.js";
import { boardsOf } from "../../src/domain/allocation.js";
import { type BoardCoordinate, boardIndex } from "../../src/domain/board.js";
import type { MachineDescription } from "../../src/domain/machine.js";
import type { PowerOrder } from "../../src/engine/contract/ports.js";
import type { QuarantineRecord } from "../../src/engine/contract/records.js";

export interface OrderedBoard {
  /** Index in the machine. */
  readonly board: number;
  /** "cabinet,frame,board". */
  readonly place: string;
  /** "cabinet,frame". */
  readonly frame: string;
  /** Address of its BMP, as configured. */
  readonly bmp: string;
}

/** The boards that an order is about, in block order. */
export function orderedBoards(
  { allocation, boards }: PowerOrder,
  machine: MachineDescription,
): OrderedBoard[] {
  const addresses = new Map(machine.bmpIps.map(([frame, bmp]) => [frame.join(), bmp]));
  const ordered: OrderedBoard[] = [];
  for (const coordinate of boardsOf(allocation, machine)) {
    const board = boardIndex(coordinate, machine);
    if (boards !== null && !boards.includes(board)) continue;
    const place = positionText(coordinate, machine);
    const frame = frameOf(place);
    ordered.push({ board, place, frame, bmp: addresses.get(frame)! });
  }
  return ordered;
}

/** Places of the boards of an allocation, in block order. */
export function positionsOf(
  allocation: Allocation,
  machine: MachineDescription,
): readonly string[] {
  return boardsOf(allocation, machine).map((board) => positionText(board, machine));
}

export function frameOf(place: string): string {
  return place.slice(0, place.lastIndexOf(","));
}

const known = new WeakMap<MachineDescription, Map<number, string>>();

/** Position of a board that has one. */
function positionText(board: BoardCoordinate, machine: MachineDescription): string {
  const position = positionIfAny(board, machine);
  if (position === null) throw new Error(`board ${board} of ${machine.name} has no position`);
  return position;
}

/** Position of a board; null for a dead one that is configured without. */
function positionIfAny(board: BoardCoordinate, machine: MachineDescription): string | null {
  let places = known.get(machine);
  if (!places) {
    const entries = machine.boardLocations.map(
      ([at, place]) => [boardIndex(at, machine), place.join()] as const,
    );
    places = new Map(entries);
    known.set(machine, places);
  }
  return places.get(boardIndex(board, machine)) ?? null;
}

/** The place of the board that a record of quarantine is about, in a machine that has its BMP. */
export function placeOfRecord(
  { bmp, number }: QuarantineRecord,
  { bmpIps }: MachineDescription,
): string | null {
  const found = bmpIps.find(([, address]) => address === bmp);
  return found === undefined ? null : `${found[0].join()},${number}`;
}
