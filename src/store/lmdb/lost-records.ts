/** What stands in for records that are lost: as much as their keys tell, and for the rest the safe side. */
import { type BoardCoordinate, boardCount, boardIndex, boardOfIndex } from "../../domain/board.js";
import type {
  Counters,
  EndedJobRecord,
  MachineRecord,
  QuarantineRecord,
  SavedState,
} from "../../engine/contract/records.js";
import type { DamagedRow } from "../records/state-reader.js";
import { idOf, quarantineKeyOf, type TableName } from "../records/tables.js";

/** Ids that may have been given since the last one that is known; a year of many jobs. */
const ID_GAP = 10_000_000;

/** A job of which no more is known than that it is over. */
export function lostJob(jobId: number, order: number): EndedJobRecord {
  return {
    jobId,
    order,
    reason: { code: "recordDamaged" },
    wasQueued: false,
    owner: null,
    host: null,
    startTimeS: null,
    endedAtMs: null,
    actor: null,
    boards: null,
  };
}

/**
 * The board whose record was lost, in quarantine until it passes self-tests. Null when the key does not say
 * which board it was, or no machine has it.
 */
export function lostQuarantine(
  key: Buffer,
  machines: readonly MachineRecord[],
  nowMs: number,
): QuarantineRecord | null {
  const [bmp, number] = quarantineKeyOf(key) ?? [null, 0];
  if (bmp === null) return null;
  const found = bmp.startsWith("\0")
    ? boardOfName(bmp.slice(1), number, machines)
    : boardOfBmp(bmp, number, machines);
  if (found === null) return null;
  const reason = "its record in the state was damaged: what was wrong with it is not known";
  return {
    ...found,
    bmp: bmp.startsWith("\0") ? null : bmp,
    number,
    reason,
    sinceMs: nowMs,
    active: true,
    cause: "board",
    mayBeOn: true,
    occurrences: 1,
    testsPassed: 0,
    testsFailed: 0,
    testedAtMs: null,
    history: [{ atMs: nowMs, kind: "quarantined", note: reason }],
  };
}

type Named = Pick<QuarantineRecord, "machineName" | "board" | "coordinates" | "position">;

/** Machines that run go before those that are removed. */
function boardOfBmp(bmp: string, number: number, machines: readonly MachineRecord[]): Named | null {
  const runningFirst = [...machines].sort(
    (a, b) => Number(a.priority === null) - Number(b.priority === null),
  );
  for (const { description } of runningFirst) {
    const frames = description.bmpIps.filter(([, host]) => host === bmp).map(([frame]) => frame);
    const location = description.boardLocations.find(
      ([, [cabinet, frame, board]]) =>
        board === number && frames.some(([c, f]) => c === cabinet && f === frame),
    );
    if (location === undefined) continue;
    const [coordinates, position] = location;
    const board = boardIndex(coordinates, description);
    return { machineName: description.name, board, coordinates, position };
  }
  return null;
}

function boardOfName(name: string, board: number, machines: readonly MachineRecord[]) {
  const machine = machines.find(({ description }) => description.name === name)?.description;
  if (machine === undefined || board >= boardCount(machine)) return null;
  const coordinates: BoardCoordinate = boardOfIndex(board, machine);
  return { machineName: name, board, coordinates, position: null };
}

/** Counters above every id that is known or may have been given since. */
export function countersAbove(
  { jobs, endedJobs, cooldowns, machines }: SavedState,
  damaged: readonly DamagedRow[],
): Counters {
  const keys = (name: TableName): number[] =>
    damaged
      .filter(({ table }) => table === name)
      .map(({ key }) => idOf(key) ?? 0)
      // The key may be what is damaged: no counter ever reaches more.
      .filter((id) => id < 2 ** 48);
  const above = (ids: readonly number[]): number =>
    ids.reduce((most, id) => Math.max(most, id), 0) + ID_GAP;
  return {
    nextJobId: above([
      ...[...jobs, ...endedJobs, ...cooldowns].map(({ jobId }) => jobId ?? 0),
      ...keys("jobs"),
      ...keys("retired"),
    ]),
    nextMachineId: above([...machines.map(({ machineId }) => machineId), ...keys("machines")]),
    nextCooldownId: above([...cooldowns.map(({ cooldownId }) => cooldownId), ...keys("rests")]),
  };
}
