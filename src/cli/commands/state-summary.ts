/** A summary of a saved state, for people. */

import { boardCountOf } from "../../domain/allocation.js";
import { boardCount } from "../../domain/board.js";
import { counted } from "../../domain/counted.js";
import { boardName } from "../../domain/names.js";
import type { JobRecord, MachineRecord, QuarantineRecord } from "../../engine/contract/records.js";
import type { ListedGraceJob } from "../../operator/index.js";
import { keyTextOf, type Snapshot } from "../../store/index.js";
import { plain } from "../plain-text.js";
import { isoSeconds } from "../times.js";
import { holdings } from "./state-json.js";

/** Most jobs that are listed; the rest is in the export. */
const LISTED_JOBS = 100;

type Line = readonly [name: string, text: string];

/** @param inGrace what a running server says of it; null when none was asked */
export function summaryInWords(
  snapshot: Snapshot,
  inGrace: readonly ListedGraceJob[] | null,
): string {
  const { jobs, quarantine, machines } = snapshot.state;
  const lines = [
    ...overview(snapshot),
    ...graceLines(inGrace ?? []),
    ...machines.map((machine): Line => ["machine", machineInWords(machine, jobs)]),
    ...jobs
      .slice(0, LISTED_JOBS)
      .map((job): Line => [`job ${job.jobId}`, jobInWords(job, machines)]),
  ];
  if (jobs.length > LISTED_JOBS) {
    const more = counted(jobs.length - LISTED_JOBS, "more job");
    lines.push(["", `and ${more}; \`spalloc-server state export\` prints all of them`]);
  }
  for (const record of quarantine) {
    if (!record.active && !record.mayBeOn) continue;
    lines.push([record.active ? "quarantined" : "may be on", recordInWords(record, machines)]);
  }
  for (const { table, keyText, problem } of snapshot.damaged) {
    lines.push(["DAMAGED", `record ${keyText} of table ${table}: ${problem}`]);
  }
  for (const { number, table, key, problem, excludedAtMs } of snapshot.excluded) {
    const record = `record ${plain(keyTextOf(table, key))} of table ${table}`;
    lines.push([`EXCLUDED ${number}`, `${record}, since ${isoSeconds(excludedAtMs)}: ${problem}`]);
  }
  const width = Math.max(...lines.map(([name]) => name.length)) + 2;
  return lines.map(([name, text]) => `${name.padEnd(width)}${text}\n`).join("");
}

function overview({ directory, fileBytes, schema, holder, state }: Snapshot): Line[] {
  const { counters, jobs, endedJobs, cooldowns, quarantine } = state;
  const { nextJobId, nextMachineId, nextCooldownId } = counters;
  const waiting = jobs.filter(({ placement }) => placement === null).length;
  const quarantined = quarantine.filter(({ active }) => active).length;
  const released = quarantine.length - quarantined;
  return [
    ["directory", directory],
    ["data file", `${Math.ceil(fileBytes / 1024)} KiB`],
    [
      "schema",
      `version ${schema.version}; can be read by a server that knows version ${schema.breaking}`,
    ],
    ["server", holderInWords(holder)],
    ["next ids", `job ${nextJobId}, machine ${nextMachineId}, cooldown ${nextCooldownId}`],
    ["jobs", `${jobs.length}, of which ${waiting} ${waiting === 1 ? "is" : "are"} waiting`],
    ["ended jobs", `${endedJobs.length} remembered`],
    ["cooldowns", `${counted(cooldowns.length, "allocation")} being powered off or in cooldown`],
    [
      "quarantine",
      `${counted(quarantined, "board")}, and the history of ${counted(released, "released board")}`,
    ],
  ];
}

function graceLines(jobs: readonly ListedGraceJob[]): Line[] {
  const [first] = jobs;
  if (first === undefined) return [];
  const until = isoSeconds(first.endsAtMs);
  const text = `${counted(jobs.length, "job")} until ${until}; \`spalloc-server grace list\` shows which`;
  return [["in grace", text]];
}

function holderInWords(holder: Snapshot["holder"]): string {
  if (holder === null) return "none; the last one closed the state properly";
  const process = `process ${holder.pid} on ${holder.host}`;
  const since = isoSeconds(holder.sinceMs);
  switch (holder.life) {
    case "alive":
      return `${process} has had the state open since ${since}`;
    case "noAnswer":
      return `${process} has had the state open since ${since}, and does not answer: it may be stopped or stuck`;
    case "gone":
      return `none; ${process}, which opened the state at ${since}, crashed or was killed`;
    case "elsewhere":
      return `${process} opened the state at ${since}, on another computer or under another name of this one; whether it is still running cannot be seen from here`;
    case "copied":
      return `none; this is a copy of the state in ${holder.state?.directory}, made while ${process} had that open since ${since}`;
    case "unknown":
      return `${process} opened the state at ${since}; whether it is still running cannot be seen from here`;
  }
}

function machineInWords(machine: MachineRecord, jobs: readonly JobRecord[]): string {
  const { jobs: held, boardsInUse } = holdings(machine, jobs);
  const { name, deadBoards } = machine.description;
  const boards = boardCount(machine.description) - deadBoards.length;
  const removed =
    machine.priority === null
      ? "; no longer configured, its last boards are being powered off"
      : "";
  return `${name}: ${boardsInUse} of ${counted(boards, "board")} in use by ${counted(held, "job")}${removed}`;
}

function jobInWords(
  { owner, placement, startTimeS }: JobRecord,
  machines: readonly MachineRecord[],
): string {
  const created = `created ${isoSeconds(startTimeS * 1000)}`;
  if (placement === null) return `${plain(owner)}, waiting for boards, ${created}`;
  const { machineId, allocation, power, powerPending } = placement;
  const machine = machines.find((each) => each.machineId === machineId)?.description.name;
  const boards = `${counted(boardCountOf(allocation), "board")} of ${
    machine === undefined
      ? `a machine that is not in the state (id ${machineId})`
      : `machine ${machine}`
  }`;
  const powered = `${powerPending ? "being powered" : "powered"} ${power ? "on" : "off"}`;
  return `${plain(owner)}, ${boards}, ${powered}, ${created}`;
}

function recordInWords(
  { machineName, board, bmp, coordinates, position, reason, sinceMs }: QuarantineRecord,
  machines: readonly MachineRecord[],
): string {
  const isConfigured = machines.some(
    ({ priority, description }) =>
      priority !== null && description.bmpIps.some(([, address]) => address === bmp),
  );
  const name =
    coordinates === null
      ? `board with index ${board} of machine ${machineName}`
      : boardName(machineName, coordinates, position);
  const absence = isConfigured ? "" : ", which no machine has";
  return `${name}${absence}, since ${isoSeconds(sinceMs)}: ${reason}`;
}
