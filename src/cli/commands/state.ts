/** `spalloc-server state export` and `state inspect`: what is in a state directory, for people. */

import { boardCountOf } from "../../domain/allocation.js";
import type { JobRecord, MachineRecord } from "../../engine/contract/records.js";
import { ExitCode } from "../../host/exit-code.js";
import { stateDirectoryOf } from "../../host/state-directory.js";
import { readSnapshot, type Snapshot } from "../../store/index.js";

/** Prints all that the state holds as one JSON document. @returns the exit code */
export async function exportState(path: string): Promise<number> {
  const snapshot = await readSnapshot(stateDirectoryOf(path));
  process.stdout.write(`${JSON.stringify(asJson(snapshot), null, 2)}\n`);
  return exitCodeOf(snapshot);
}

/** Prints a summary of the state. @returns the exit code */
export async function inspectState(path: string, { json }: { json: boolean }): Promise<number> {
  const snapshot = await readSnapshot(stateDirectoryOf(path));
  if (json) process.stdout.write(`${JSON.stringify(summaryOf(snapshot), null, 2)}\n`);
  else process.stdout.write(inWords(snapshot));
  return exitCodeOf(snapshot);
}

function exitCodeOf({ damaged }: Snapshot): number {
  return damaged.length === 0 ? ExitCode.ok : ExitCode.cannotStart;
}

function damagedAsJson({ damaged }: Snapshot): object[] {
  return damaged.map(({ table, keyText, problem, key, value }) => ({
    table,
    key: keyText,
    problem,
    keyHex: key.toString("hex"),
    valueHex: value.toString("hex"),
  }));
}

function asJson(snapshot: Snapshot): object {
  const { directory, schema, holder, state } = snapshot;
  return { directory, schema, holder, ...state, damaged: damagedAsJson(snapshot) };
}

function summaryOf(snapshot: Snapshot): object {
  const { directory, fileBytes, schema, holder, state } = snapshot;
  const { jobs, endedJobs, cooldowns, quarantine, machines, counters } = state;
  return {
    directory,
    fileBytes,
    schema,
    holder,
    counters,
    jobs: { all: jobs.length, queued: jobs.filter(({ placement }) => placement === null).length },
    endedJobs: endedJobs.length,
    cooldowns: cooldowns.length,
    quarantine: quarantine.length,
    machines: machines.map((machine) => ({
      name: machine.description.name,
      machineId: machine.machineId,
      removed: machine.priority === null,
      ...holdings(machine, jobs),
    })),
    damaged: damagedAsJson(snapshot),
  };
}

function holdings({ machineId }: MachineRecord, jobs: readonly JobRecord[]) {
  const placements = jobs.flatMap(({ placement }) =>
    placement?.machineId === machineId ? [placement] : [],
  );
  const boards = placements.reduce((sum, { allocation }) => sum + boardCountOf(allocation), 0);
  return { jobs: placements.length, boardsInUse: boards };
}

const HOLDERS = {
  alive: "open: process",
  gone: "left open, after a crash, by process",
  unknown: "open or left open, which cannot be seen from here, by process",
} as const;

/** Most jobs that are listed; the rest is in the export. */
const LISTED_JOBS = 100;

function inWords(snapshot: Snapshot): string {
  const { directory, fileBytes, schema, holder, state, damaged } = snapshot;
  const { counters, jobs, endedJobs, cooldowns, quarantine, machines } = state;
  const queued = jobs.filter(({ placement }) => placement === null).length;
  const nameOf = new Map(
    machines.map(({ machineId, description }) => [machineId, description.name]),
  );
  const lines: [string, string][] = [
    ["directory", directory],
    ["data file", `${Math.ceil(fileBytes / 1024)} KiB`],
    ["schema", `version ${schema.version}, readable from version ${schema.breaking} on`],
    [
      "server",
      holder === null
        ? "none; closed in order"
        : `${HOLDERS[holder.life]} ${holder.pid} on ${holder.host}, since ${moment(holder.sinceMs)}`,
    ],
    [
      "next ids",
      `job ${counters.nextJobId}, machine ${counters.nextMachineId}, rest ${counters.nextCooldownId}`,
    ],
    ["jobs", `${jobs.length}, of which ${queued} wait`],
    ["retired", `${endedJobs.length} that are remembered`],
    ["rests", `${cooldowns.length} allocations on their way back`],
    ["quarantine", `${quarantine.length} boards on record`],
  ];
  for (const machine of machines) {
    const { jobs: held, boardsInUse } = holdings(machine, jobs);
    const { name, width, height, deadBoards } = machine.description;
    const boards = 3 * width * height - deadBoards.length;
    const removed =
      machine.priority === null ? ", removed, its last boards are on their way back" : "";
    lines.push([
      "machine",
      `${name}: ${boardsInUse} of ${boards} boards in use by ${held === 1 ? "1 job" : `${held} jobs`}${removed}`,
    ]);
  }
  for (const job of jobs.slice(0, LISTED_JOBS)) {
    lines.push([
      `job ${job.jobId}`,
      `${short(job.owner)}, ${whereabouts(job, nameOf)}, since ${moment(job.startTimeS * 1000)}`,
    ]);
  }
  if (jobs.length > LISTED_JOBS) {
    lines.push(["", `and ${jobs.length - LISTED_JOBS} more jobs: see the export`]);
  }
  for (const { machineName, board, reason, sinceMs } of quarantine) {
    lines.push(["quarantined", `board ${board} of ${machineName}, ${moment(sinceMs)}: ${reason}`]);
  }
  for (const { table, keyText, problem } of damaged) {
    lines.push(["DAMAGED", `record ${keyText} of table ${table}: ${problem}`]);
  }
  const width = Math.max(...lines.map(([name]) => name.length)) + 2;
  return lines.map(([name, text]) => `${name.padEnd(width)}${text}\n`).join("");
}

function whereabouts({ placement }: JobRecord, nameOf: ReadonlyMap<number, string>): string {
  if (placement === null) return "waits";
  const { machineId, allocation, power, powerPending } = placement;
  const boards = boardCountOf(allocation);
  const where = `${boards} ${boards === 1 ? "board" : "boards"} of ${nameOf.get(machineId) ?? `machine ${machineId}, which is not there`}`;
  return `${where} ${powerPending ? "going " : ""}${power ? "on" : "off"}`;
}

/** Owners are whatever clients say: long, or with what a terminal takes for commands. */
function short(text: string): string {
  const plain = text.replaceAll(/\p{C}/gu, "?");
  return plain.length > 60 ? `${plain.slice(0, 59)}…` : plain;
}

function moment(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? `${ms} ms` : time.toISOString();
}
