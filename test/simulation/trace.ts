/**
 * What happens in a run, for a person: one line per step with its time, and indented below it what
 * the engine did of it. Off unless a run is replayed; lines are made only when they are read.
 */
import type { Allocation } from "../../src/domain/allocation.js";
import { boardCountOf } from "../../src/domain/allocation.js";
import type { ChangeSet } from "../../src/engine/contract/records.js";

export type Trace = (line: () => string) => void;

export const NO_TRACE: Trace = () => {};

/** "4 × 2 at (0, 1), 23 boards", or "board (0, 1, 2)". */
export function place(allocation: Allocation): string {
  const { x, y, width, height, board } = allocation;
  if (board !== null) return `board (${x}, ${y}, ${board})`;
  return `${width} × ${height} at (${x}, ${y}), ${boardCountOf(allocation)} boards`;
}

/** What a change set says. */
export function changes({ jobs, endedJobs, cooldowns, quarantine, machines }: ChangeSet): string {
  const parts = [
    ...jobs.put.map(({ jobId, placement }) => {
      if (placement === null) return `job ${jobId} queued`;
      const { machineId, allocation, power, powerPending } = placement;
      const state = `${power ? "on" : "off"}${powerPending ? ", under way" : ""}`;
      return `job ${jobId} on machine ${machineId} ${place(allocation)} (${state})`;
    }),
    ...jobs.delete.map((jobId) => `job ${jobId} gone`),
    ...endedJobs.put.map(({ jobId, reason }) => `job ${jobId} ended: ${JSON.stringify(reason)}`),
    ...endedJobs.delete.map((jobId) => `job ${jobId} forgotten`),
    ...cooldowns.put.map(({ cooldownId, jobId, machineId, allocation, poweredOffAtMs }) => {
      const state = poweredOffAtMs === null ? "powering off" : "in cooldown";
      const whose = jobId === null ? "" : ` of job ${jobId}`;
      return `cooldown ${cooldownId}${whose}: machine ${machineId} ${place(allocation)} ${state}`;
    }),
    ...cooldowns.delete.map((cooldownId) => `cooldown ${cooldownId} over`),
    ...quarantine.put.map(({ machineName, board, active, mayBeOn }) => {
      const state = `${active ? "quarantined" : "released"}${mayBeOn ? ", may be on" : ""}`;
      return `board ${board} of ${machineName} ${state}`;
    }),
    ...quarantine.delete.map(([bmp, number]) => `board ${number} of BMP ${bmp}: no record`),
    ...machines.put.map(({ machineId, priority, description }) =>
      priority === null
        ? `machine ${machineId} (${description.name}) removed`
        : `machine ${machineId} (${description.name}) at priority ${priority}`,
    ),
    ...machines.delete.map((machineId) => `machine ${machineId} forgotten`),
  ];
  return parts.length === 0 ? "nothing but effects" : parts.join("; ");
}
