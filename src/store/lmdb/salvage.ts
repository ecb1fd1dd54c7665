/**
 * What can be saved of a damaged state: rows that are whole and do not contradict each other.
 *
 * | found                                            | becomes of it                                   |
 * |--------------------------------------------------|-------------------------------------------------|
 * | damaged row                                      | dropped; a job is remembered as destroyed       |
 * | job on a machine that is not there, or on boards | dropped, and remembered as destroyed            |
 * | that an older job has                            |                                                 |
 * | boards at rest likewise, or that a job has       | dropped                                         |
 * | damaged counters                                 | far above every id that is known                |
 */

import { closeSync, fsyncSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Allocation } from "../../domain/allocation.js";
import { boardsOf } from "../../domain/allocation.js";
import { boardIndex } from "../../domain/board.js";
import type { Counters, SavedState } from "../../engine/contract/records.js";
import { seal } from "../records/checksum.js";
import { countersCodec } from "../records/machine-codecs.js";
import type { DamagedRow, StateAsRead } from "../records/reading.js";
import {
  cooldownsTable,
  endedJobsTable,
  jobsTable,
  metaKey,
  type Table,
  type TableName,
  type Write,
} from "../records/tables.js";

/** Ids that may have been given since the last one that is known; a year of many jobs. */
const ID_GAP = 10_000_000;

/** Something that is not used any more, for the file that keeps it. */
export interface LostRow {
  readonly table: TableName | "meta";
  readonly key: string;
  readonly problem: string;
  /** The row, where it was whole. */
  readonly row: unknown;
  /** Key and value as they were, in hexadecimal digits. */
  readonly keyHex: string;
  readonly valueHex: string | null;
}

export interface Salvage {
  /** Brings the state to what was saved, in one transaction. */
  readonly writes: readonly Write[];
  readonly lost: readonly LostRow[];
}

/** Decides what becomes of a state; changes nothing. */
export function salvage({ state, damaged }: StateAsRead): Salvage {
  const writes: Write[] = [];
  const lost: LostRow[] = damaged.map((row) => lostBytes(row));
  const countersLost = damaged.some(({ table }) => table === "meta");
  let order = state.endedJobs.reduce((last, retired) => Math.max(last, retired.order), 0);
  const counters = countersLost ? countersAbove(state, damaged) : state.counters;
  if (countersLost) {
    const key = metaKey("counters");
    writes.push({ table: "meta", key, value: seal(key, countersCodec.encode(counters)) });
  }
  for (const { table, key } of damaged) {
    if (table !== "meta") writes.push({ table, key, value: null });
    if (table === "jobs") retireLost(idOf(key));
  }
  const boards = new Occupancy(state);
  for (const job of state.jobs) {
    if (job.placement === null) continue;
    const problem = boards.take(job.placement.machineId, job.placement.allocation);
    if (problem !== null) {
      drop(jobsTable, job, job.jobId, problem);
      retireLost(job.jobId);
    }
  }
  for (const rest of state.cooldowns) {
    const problem = boards.take(rest.machineId, rest.allocation);
    if (problem !== null) drop(cooldownsTable, rest, rest.cooldownId, problem);
  }
  return { writes, lost };

  function drop<Row>(table: Table<Row, number>, row: Row, id: number, problem: string): void {
    const key = table.keyBytes(id);
    writes.push({ table: table.name, key, value: null });
    const keyHex = key.toString("hex");
    lost.push({ table: table.name, key: String(id), problem, row, keyHex, valueHex: null });
  }

  function retireLost(jobId: number | null): void {
    if (jobId === null || jobId >= counters.nextJobId) return;
    order += 1;
    writes.push(endedJobsTable.write({ jobId, reason: LOST, order }));
  }
}

/** Writes it to a file of its own in the directory, flushed, and returns its name. */
export function writeLost(directory: string, lost: readonly LostRow[]): string {
  const moment = new Date().toISOString().replaceAll(":", "-");
  const file = join(directory, `salvaged-${moment}.json`);
  const fd = openSync(file, "wx");
  try {
    writeFileSync(fd, `${JSON.stringify(lost, null, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return file;
}

/** What the clients of a job that is lost are told. */
export const LOST = "Lost: the record of the job was damaged on the server's disk.";

function lostBytes({ table, key, keyText, problem, value }: DamagedRow): LostRow {
  return {
    table,
    key: keyText,
    problem,
    row: null,
    keyHex: key.toString("hex"),
    valueHex: value.toString("hex"),
  };
}

/** Null for a key that is no id. */
function idOf(key: Buffer): number | null {
  const id = key.length === 8 ? Number(key.readBigUInt64BE()) : 0;
  return Number.isSafeInteger(id) && id > 0 ? id : null;
}

function countersAbove(
  { jobs, endedJobs, cooldowns, machines }: SavedState,
  damaged: readonly DamagedRow[],
): Counters {
  const keys = (name: TableName): number[] =>
    // A key that is damaged itself may be any number: one that no counter reaches is not believed.
    damaged
      .filter(({ table }) => table === name)
      .map(({ key }) => idOf(key) ?? 0)
      .filter((id) => id < 2 ** 48);
  const above = (...ids: readonly number[]): number =>
    ids.reduce((most, id) => Math.max(most, id), 0) + ID_GAP;
  const restIds = [...cooldowns.map(({ cooldownId }) => cooldownId), ...keys("rests")];
  return {
    nextJobId: above(
      ...[...jobs, ...endedJobs, ...cooldowns].map(({ jobId }) => jobId ?? 0),
      ...keys("jobs"),
      ...keys("retired"),
    ),
    nextMachineId: above(...machines.map(({ machineId }) => machineId), ...keys("machines")),
    nextCooldownId: above(...restIds),
  };
}

/** Which boards are taken already. */
class Occupancy {
  private readonly taken = new Map<number, Set<number>>();
  private readonly machines: ReadonlyMap<number, SavedState["machines"][number]>;

  constructor({ machines }: SavedState) {
    this.machines = new Map(machines.map((machine) => [machine.machineId, machine]));
  }

  /** What is wrong with it, or null; then the boards are taken. */
  take(machineId: number, allocation: Allocation): string | null {
    const machine = this.machines.get(machineId)?.description;
    if (machine === undefined) return `there is no machine ${machineId}`;
    const taken = this.taken.get(machineId) ?? new Set();
    this.taken.set(machineId, taken);
    const boards = boardsOf(allocation, machine).map((board) => boardIndex(board, machine));
    const shared = boards.find((board) => taken.has(board));
    if (shared !== undefined) return `board ${shared} of machine ${machine.name} is another's`;
    for (const board of boards) taken.add(board);
    return null;
  }
}
