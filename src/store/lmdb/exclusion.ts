/**
 * What can be saved of a damaged state: rows that are whole and do not contradict each other.
 *
 * | found                                            | becomes of it                                   |
 * |--------------------------------------------------|-------------------------------------------------|
 * | damaged row                                      | dropped; a job is remembered as ended           |
 * | job on a machine that is not there, or on boards | dropped, and remembered as ended                |
 * | that an older job has                            |                                                 |
 * | cooldown likewise, or of boards that a job has   | dropped                                         |
 * | damaged counters                                 | far above every id that is known                |
 */
import { closeSync, fsyncSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../../engine/contract/log.js";
import type { Counters, SavedState } from "../../engine/contract/records.js";
import { countersWrite } from "../records/change-set.js";
import { type DamagedRow, readState, type StateAsRead } from "../records/state-reader.js";
import {
  cooldownsTable,
  endedJobsTable,
  jobsTable,
  type Table,
  type TableName,
  type Write,
} from "../records/tables.js";
import type { StateDatabase } from "./database.js";
import { Occupancy } from "./occupancy.js";

/** Ids that may have been given since the last one that is known; a year of many jobs. */
const ID_GAP = 10_000_000;

/** A row that was dropped, for the file that keeps it. */
interface DroppedRow {
  readonly table: TableName | "meta";
  readonly key: string;
  readonly problem: string;
  /** The row, where it was whole. */
  readonly row: unknown;
  /** Key and value as they were, in hexadecimal digits. */
  readonly keyHex: string;
  readonly valueHex: string | null;
}

interface Salvage {
  /** Bring the state to what could be saved, in one transaction. */
  readonly writes: readonly Write[];
  readonly dropped: readonly DroppedRow[];
}

/** Drops what is damaged, after it was written to a file in the state directory. */
export function salvageState(database: StateDatabase, log: Log): void {
  const { writes, dropped } = salvage(readState(database));
  if (dropped.length === 0) {
    log.info({}, "nothing in the state is damaged: there was nothing to salvage");
    return;
  }
  const file = writeDropped(database.directory, dropped);
  database.transaction(() => writes);
  for (const { table, key, problem } of dropped) {
    log.warn({ table, key, problem }, `record ${key} of table ${table} was dropped: ${problem}`);
  }
  log.warn(
    { file, records: dropped.length },
    `the state was salvaged; what was dropped is in ${file}: keep it until you understand it`,
  );
}

/** Decides what becomes of a state; changes nothing. */
function salvage({ state, damaged }: StateAsRead): Salvage {
  const writes: Write[] = [];
  const dropped: DroppedRow[] = damaged.map((row) => droppedBytes(row));
  const countersLost = damaged.some(({ table }) => table === "meta");
  let order = state.endedJobs.reduce((last, ended) => Math.max(last, ended.order), 0);
  const counters = countersLost ? countersAbove(state, damaged) : state.counters;
  if (countersLost) {
    writes.push(countersWrite(counters));
  }
  for (const { table, key } of damaged) {
    if (table !== "meta") writes.push({ table, key, value: null });
    if (table === "jobs") rememberAsEnded(idOf(key));
  }
  const boards = new Occupancy(state);
  for (const job of state.jobs) {
    if (job.placement === null) continue;
    const problem = boards.take(job.placement.machineId, job.placement.allocation);
    if (problem !== null) {
      drop(jobsTable, job, job.jobId, problem);
      rememberAsEnded(job.jobId);
    }
  }
  for (const cooldown of state.cooldowns) {
    const problem = boards.take(cooldown.machineId, cooldown.allocation);
    if (problem !== null) drop(cooldownsTable, cooldown, cooldown.cooldownId, problem);
  }
  return { writes, dropped };

  function drop<Row>(table: Table<Row, number>, row: Row, id: number, problem: string): void {
    const key = table.keyBytes(id);
    writes.push({ table: table.name, key, value: null });
    const keyHex = key.toString("hex");
    dropped.push({ table: table.name, key: String(id), problem, row, keyHex, valueHex: null });
  }

  function rememberAsEnded(jobId: number | null): void {
    if (jobId === null || jobId >= counters.nextJobId) return;
    order += 1;
    writes.push(endedJobsTable.write({ jobId, order, ...LOST }));
  }
}

/** Writes it to a file of its own in the directory, flushed, and returns its name. */
function writeDropped(directory: string, dropped: readonly DroppedRow[]): string {
  const moment = new Date().toISOString().replaceAll(":", "-");
  const file = join(directory, `salvaged-${moment}.json`);
  const fd = openSync(file, "wx");
  try {
    writeFileSync(fd, `${JSON.stringify(dropped, null, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return file;
}

/** What is remembered of a job whose record is lost. */
const LOST = {
  reason: { code: "recordDamaged" },
  wasQueued: false,
  owner: null,
  host: null,
  startTimeS: null,
  endedAtMs: null,
  actor: null,
  boards: null,
} as const;

function droppedBytes({ table, key, keyText, problem, value }: DamagedRow): DroppedRow {
  return {
    table,
    key: keyText,
    problem,
    row: null,
    keyHex: key.toString("hex"),
    valueHex: value.toString("hex"),
  };
}

/** Null for a key that is not an id. */
function idOf(key: Buffer): number | null {
  const id = key.length === 8 ? Number(key.readBigUInt64BE()) : 0;
  return Number.isSafeInteger(id) && id > 0 ? id : null;
}

function countersAbove(
  { jobs, endedJobs, cooldowns, machines }: SavedState,
  damaged: readonly DamagedRow[],
): Counters {
  const keys = (name: TableName): number[] =>
    damaged
      .filter(({ table }) => table === name)
      .map(({ key }) => idOf(key) ?? 0)
      // The key may be what is damaged: no counter ever reaches more.
      .filter((id) => id < 2 ** 48);
  const above = (...ids: readonly number[]): number =>
    ids.reduce((most, id) => Math.max(most, id), 0) + ID_GAP;
  return {
    nextJobId: above(
      ...[...jobs, ...endedJobs, ...cooldowns].map(({ jobId }) => jobId ?? 0),
      ...keys("jobs"),
      ...keys("retired"),
    ),
    nextMachineId: above(...machines.map(({ machineId }) => machineId), ...keys("machines")),
    nextCooldownId: above(...cooldowns.map(({ cooldownId }) => cooldownId), ...keys("rests")),
  };
}
