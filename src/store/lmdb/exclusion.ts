/**
 * A record that cannot be used does not keep a server from starting: it is excluded, that is, moved as it is
 * to a table of its own, where it stays until an operator drops it. All in one transaction with what stands in
 * for it:
 *
 * | excluded                                         | what stands in for it                            |
 * |--------------------------------------------------|--------------------------------------------------|
 * | damaged job                                      | an ended job with a reason                       |
 * | job on a machine that is not there, or on boards | the same                                         |
 * | that an older job has                            |                                                  |
 * | cooldown, damaged or likewise                    | nothing                                          |
 * | machine                                          | nothing; its jobs are excluded as well           |
 * | board in quarantine                              | the board, newly in quarantine, if it is known   |
 * | ended job, damaged or of a job that lives        | nothing                                          |
 * | counters                                         | counters far above every id that is known        |
 *
 * All but the last two may have been about boards that are on: every board of the recorded machines that
 * belongs to no job and is not in its cooldown is powered off, by a new record of a cooldown.
 */
import { counted } from "../../domain/counted.js";
import type { Log } from "../../engine/contract/log.js";
import type { ExcludedRecord, SavedState } from "../../engine/contract/records.js";
import { countersWrite } from "../records/change-set.js";
import type { StoredExcluded } from "../records/excluded-codec.js";
import { type DamagedRow, readState, type StateAsRead } from "../records/state-reader.js";
import {
  cooldownsTable,
  endedJobsTable,
  excludedTable,
  idOf,
  jobsTable,
  keyTextOf,
  quarantineTable,
  RECORD_TABLES,
  type Table,
  type TableName,
  type Write,
} from "../records/tables.js";
import type { StateDatabase } from "./database.js";
import { countersAbove, lostJob, lostQuarantine } from "./lost-records.js";
import { Occupancy } from "./occupancy.js";

/** Of so many records of a table of which none can be read, it is not the records that are wrong. */
const MANY = 4;

/** Tables of which a lost record may have been about boards that are on. */
const ABOUT_BOARDS: readonly string[] = ["jobs", "rests", "machines", "quarantine"];

interface Exclusion {
  /** Bring the state to what can be used, in one transaction. */
  readonly writes: readonly Write[];
  readonly excluded: readonly StoredExcluded[];
  readonly boardsPoweredOff: boolean;
}

export interface UsableState {
  /** Null when it is refused, or has to be read once more. */
  readonly state: SavedState | null;
  readonly excluded: readonly ExcludedRecord[];
}

/** Excludes what cannot be used, unless so much is damaged that the state is to be refused. */
export function excludeUnusable(
  database: StateDatabase,
  log: Log,
  { all }: { readonly all: boolean },
): UsableState {
  const read = readState(database);
  const before = read.excluded.map(named);
  if (before.length > 0) {
    log.warn(
      { records: before.length },
      `${counted(before.length, "excluded record")} of earlier starts ${before.length === 1 ? "is" : "are"} kept in the state; \`spalloc-server state inspect\` shows and \`state drop\` drops them`,
    );
  }
  if (!all && wholesale(read)) return { state: null, excluded: before };
  const { writes, excluded, boardsPoweredOff } = exclusion(read, Date.now());
  if (excluded.length === 0) {
    if (all) log.info({}, "nothing in the state is damaged: there was nothing to salvage");
    return { state: read.state, excluded: before };
  }
  database.transaction(() => writes);
  for (const record of excluded.map(named)) logExcluded(record, log);
  if (boardsPoweredOff) {
    log.warn(
      {},
      "boards that no job is known to have may be on, and are powered off before jobs get them",
    );
  }
  return { state: null, excluded: [...before, ...excluded.map(named)] };
}

function named(record: StoredExcluded): ExcludedRecord {
  const { number, table, key, problem, excludedAtMs } = record;
  return { number, table, key: keyTextOf(table, key), problem, excludedAtMs };
}

function logExcluded({ number, table, key, problem }: ExcludedRecord, log: Log): void {
  const lost = table === "jobs" ? `; job ${key} is destroyed with a reason` : "";
  log.error(
    { excluded: number, table, key, problem },
    `record ${key} of table ${table} cannot be used (${problem}), and is excluded as number ${number}${lost}. It is kept: \`spalloc-server state export\` prints it, \`state drop\` drops it`,
  );
}

/** Whether of some table nothing at all can be read: that is the software or the whole state. */
function wholesale({ state, damaged }: StateAsRead): boolean {
  const readable: Record<(typeof RECORD_TABLES)[number], readonly unknown[]> = {
    jobs: state.jobs,
    retired: state.endedJobs,
    rests: state.cooldowns,
    machines: state.machines,
    quarantine: state.quarantine,
  };
  return RECORD_TABLES.some(
    (table) =>
      readable[table].length === 0 && damaged.filter((row) => row.table === table).length >= MANY,
  );
}

/** Decides what becomes of a state; changes nothing. */
function exclusion(read: StateAsRead, nowMs: number): Exclusion {
  const { state, damaged } = read;
  const writes: Write[] = [];
  const excluded: StoredExcluded[] = [];
  const countersLost = damaged.some(({ table }) => table === "meta");
  const counters = { ...(countersLost ? countersAbove(state, damaged) : state.counters) };
  const ended = new Set(state.endedJobs.map(({ jobId }) => jobId));
  let order = state.endedJobs.reduce((last, { order }) => Math.max(last, order), 0);
  const firstNumber = 1 + lastNumber(read);

  for (const row of damaged) {
    exclude(row.table, row.key, row.value, row.problem);
    if (row.table === "jobs") remember(idOf(row.key));
    if (row.table === "quarantine") standInFor(row);
  }
  const living = new Set(state.jobs.map(({ jobId }) => jobId));
  for (const job of state.endedJobs) {
    if (living.has(job.jobId)) excludeRow(endedJobsTable, job, "its job lives");
  }
  const boards = new Occupancy(state);
  for (const job of state.jobs) {
    if (job.placement === null) continue;
    const problem = boards.take(job.placement.machineId, job.placement.allocation);
    if (problem === null) continue;
    excludeRow(jobsTable, job, problem);
    remember(job.jobId);
  }
  for (const cooldown of state.cooldowns) {
    const problem = boards.take(cooldown.machineId, cooldown.allocation);
    if (problem !== null) excludeRow(cooldownsTable, cooldown, problem);
  }
  const boardsPoweredOff = excluded.some(({ table }) => ABOUT_BOARDS.includes(table));
  if (boardsPoweredOff) powerOffOthers();
  if (excluded.length > 0) writes.push(countersWrite(counters));
  return { writes, excluded, boardsPoweredOff };

  function exclude(
    table: TableName | "meta",
    key: Buffer,
    value: Buffer | null,
    problem: string,
  ): void {
    const number = firstNumber + excluded.length;
    const record = { number, table, key, value, problem, excludedAtMs: nowMs };
    excluded.push(record);
    if (table !== "meta") writes.push({ table, key, value: null });
    writes.push(excludedTable.write(record));
  }

  function excludeRow<Row>(table: Table<Row, number>, row: Row, problem: string): void {
    const { key, value } = table.write(row);
    exclude(table.name, key, value, problem);
  }

  function remember(jobId: number | null): void {
    if (jobId === null || jobId >= counters.nextJobId || ended.has(jobId)) return;
    order += 1;
    writes.push(endedJobsTable.write(lostJob(jobId, order)));
  }

  function standInFor({ key }: DamagedRow): void {
    const record = lostQuarantine(key, state.machines, nowMs);
    if (record !== null) writes.push(quarantineTable.write(record));
  }

  function powerOffOthers(): void {
    for (const machine of state.machines) {
      const allocation = boards.others(machine);
      if (allocation === null) continue;
      const { machineId } = machine;
      const cooldownId = counters.nextCooldownId++;
      writes.push(
        cooldownsTable.write({
          cooldownId,
          jobId: null,
          machineId,
          allocation,
          poweredOffAtMs: null,
        }),
      );
    }
  }
}

/** Damaged records of the table count by their keys: no other takes their place. */
function lastNumber({ excluded, damaged }: StateAsRead): number {
  const numbers = [
    ...excluded.map(({ number }) => number),
    ...damaged.flatMap(({ table, key }) => (table === "excluded" ? (idOf(key) ?? 0) : 0)),
  ];
  return numbers.reduce((last, number) => (number < 2 ** 48 ? Math.max(last, number) : last), 0);
}
