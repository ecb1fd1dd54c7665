/**
 * Version 4: a board in quarantine is known by its BMP and its number in the frame, which stay when its
 * machine is renamed or laid out anew, instead of by the name of its machine and its index there. Where no
 * recorded machine says which board that was, both stay until a configuration does.
 */
import { type BoardCoordinate, boardCount, boardIndex, boardOfIndex } from "../../domain/board.js";
import type { MachineRecord, QuarantineRecord } from "../../engine/contract/records.js";
import { unseal } from "../records/checksum.js";
import { codec } from "../records/codec.js";
import { FieldError, type Fields } from "../records/fields.js";
import { quarantineFields } from "../records/quarantine-codec.js";
import { machinesTable, quarantineTable, type Write } from "../records/tables.js";
import type { Migration } from "./migration.js";

type OldRecord = Omit<QuarantineRecord, "bmp" | "number" | "coordinates" | "position">;

const oldCodec = codec<OldRecord>(
  "Quarantine",
  () => {
    throw new Error("version 4 does not write records of version 3");
  },
  (fields) => ({
    machineName: fields.text("machineName"),
    board: fields.count("board"),
    // What version 1 did not record is as for a board that has just failed.
    ...(fields.has("held") ? quarantineFields(fields) : asVersion1(fields)),
  }),
);

function asVersion1(fields: Fields): Omit<OldRecord, "machineName" | "board"> {
  return {
    reason: fields.text("reason"),
    sinceMs: fields.number("since"),
    active: true,
    cause: "board",
    mayBeOn: true,
    occurrences: 1,
    testsPassed: 0,
    testsFailed: 0,
    testedAtMs: null,
    history: [],
  };
}

export const physicalBoards: Migration = {
  version: 4,
  breaking: true,
  title: "boards in quarantine are known by their BMP and board number",
  *migrate(rows) {
    const machines = [...rows("machines")].flatMap(({ key, value }) =>
      decoded(() => machinesTable.codec.decode(unseal(key, value))),
    );
    const moved = new Map<string, Write>();
    for (const { key, value } of rows("quarantine")) {
      const [old] = decoded(() => oldCodec.decode(unseal(key, value)));
      // A damaged row stays as it is, and is found when everything is read.
      if (old === undefined) continue;
      yield { table: "quarantine", key, value: null };
      const write = quarantineTable.write({ ...old, ...nameOf(old, machines) });
      const known = moved.get(write.key.toString("hex"));
      // Two machines that had one board, one after the other: what withholds it counts.
      if (known === undefined || old.active) moved.set(write.key.toString("hex"), write);
    }
    yield* moved.values();
  },
};

/** The machine that runs under the name of the record, or the last that did, says which board it is. */
function nameOf(
  { machineName, board }: OldRecord,
  machines: readonly MachineRecord[],
): Pick<QuarantineRecord, "bmp" | "number" | "coordinates" | "position"> {
  const [machine] = machines
    .filter(({ description }) => description.name === machineName)
    .sort(
      (a, b) =>
        Number(a.priority === null) - Number(b.priority === null) || b.machineId - a.machineId,
    );
  const unknown = { bmp: null, number: board, coordinates: null, position: null };
  if (machine === undefined || board >= boardCount(machine.description)) return unknown;
  const { description } = machine;
  const coordinates: BoardCoordinate = boardOfIndex(board, description);
  const isBoard = (at: BoardCoordinate) => boardIndex(at, description) === board;
  const position = description.boardLocations.find(([at]) => isBoard(at))?.[1];
  if (position === undefined) return { ...unknown, coordinates };
  const [cabinet, frame, number] = position;
  const bmp = description.bmpIps.find(([[c, f]]) => c === cabinet && f === frame)?.[1];
  return bmp === undefined ? { ...unknown, coordinates } : { bmp, number, coordinates, position };
}

/** Nothing for a damaged row. */
function decoded<Row>(decode: () => Row): Row[] {
  try {
    return [decode()];
  } catch (error) {
    if (error instanceof FieldError) return [];
    throw error;
  }
}
