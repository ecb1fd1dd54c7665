/**
 * A board is what is bolted in at a BMP and a board number. Its machine, index, coordinates and position
 * are only what it is called at present.
 */
import { boardName } from "../../domain/names.js";
import type { EventBoard } from "../contract/events.js";
import { type QuarantineRecord, quarantineKey } from "../contract/records.js";
import type { EngineState } from "../state/engine-state.js";
import type { LiveMachine } from "../state/live-job.js";

/** Which board it is. */
export type BoardId = Pick<QuarantineRecord, "bmp" | "number">;

/** What it is called. */
export type BoardNames = Pick<
  QuarantineRecord,
  "machineName" | "board" | "coordinates" | "position"
>;

/** A board of a machine. */
export interface MachineBoard {
  readonly machine: LiveMachine;
  /** Its index. */
  readonly board: number;
}

/** The key of a record in the state. */
export function keyOf(record: BoardId & Pick<QuarantineRecord, "machineName">): string {
  const [bmp, number] = quarantineKey(record);
  return `${number} ${bmp}`;
}

/** The same for a board of a machine; null for one without BMP, which no job gets. */
export function keyOfBoard(machine: LiveMachine, board: number): string | null {
  const bmp = machine.bmpOf(board);
  return bmp === null ? null : `${machine.numberInFrame(board)!} ${bmp}`;
}

/** Which board a machine, removed by now perhaps, has or had at an index; null for one without BMP. */
export function idOfBoard(
  machine: LiveMachine,
  board: number,
): { readonly bmp: string; readonly number: number } | null {
  const bmp = machine.bmpOf(board);
  const number = machine.numberInFrame(board);
  return bmp === null || number === null ? null : { bmp, number };
}

export function recordOf(
  { quarantine }: EngineState,
  machine: LiveMachine,
  board: number,
): QuarantineRecord | undefined {
  const key = quarantine.size === 0 ? null : keyOfBoard(machine, board);
  return key === null ? undefined : quarantine.get(key);
}

/**
 * Where a board is in the machines: usually in one, in none when it has left the configuration. A machine
 * keeps what it knew of a dead board whose lines were deleted, and another may have that board by now.
 */
export function findBoard(
  machines: Iterable<LiveMachine>,
  { bmp, number }: BoardId,
): readonly MachineBoard[] {
  const found: MachineBoard[] = [];
  if (bmp === null) return found;
  for (const machine of machines) {
    const board = machine.boardOf(bmp, number);
    if (board !== null) found.push({ machine, board });
  }
  return found;
}

export function namesOf({ machine, board }: MachineBoard): BoardNames {
  const { coordinates, position } = machine.refer(board);
  return { machineName: machine.name, board, coordinates, position };
}

/** The board of a record for people: "board [3, 1, 2] of machine spin (…)". */
export function recordLabel({
  machineName,
  board,
  coordinates,
  position,
  bmp,
}: QuarantineRecord): string {
  if (coordinates !== null) return boardName(machineName, coordinates, position, bmp);
  return `board with index ${board} of machine ${machineName}`;
}

export function recordEventBoard(record: BoardId & BoardNames): EventBoard {
  const { machineName: machine, board: index, coordinates, position, bmp } = record;
  return { machine, index, coordinates, position, bmp };
}
