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

/**
 * Which board it is that a machine, removed by now perhaps, has or had at an index. The frames of one that
 * was readdressed have other BMPs now; null for a board without BMP.
 */
export function idNow(
  { machines }: EngineState,
  machine: LiveMachine,
  board: number,
): { readonly bmp: string; readonly number: number } | null {
  const { position } = machine.refer(board);
  const bmp = machine.bmpOf(board);
  if (bmp === null || position === null) return null;
  const number = position[2];
  if (!machine.isRemoved || machines.some((other) => other.boardsOfBmp(bmp).length > 0)) {
    return { bmp, number };
  }
  const heir = machines.find(({ name }) => name === machine.name);
  const isFrame = ([cabinet, frame]: readonly number[]) =>
    cabinet === position[0] && frame === position[1];
  const newBmp = heir?.description.bmpIps.find(([frame]) => isFrame(frame))?.[1];
  const wasThere = machine.description.bmpIps.some(([, other]) => other === newBmp);
  return newBmp === undefined || wasThere ? { bmp, number } : { bmp: newBmp, number };
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
