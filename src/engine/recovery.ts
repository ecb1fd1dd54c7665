/** Rebuilds the facility from what was committed before the last stop, however that came about. */
import type { Allocation } from "../allocation/types.js";
import type { Facility, Rest } from "./facility.js";
import { LiveJob, newPlacement } from "./job.js";
import { RunningMachine } from "./machine.js";
import { checkBoards, orderPower } from "./powering.js";
import { quarantineKey, quarantineNewMachine } from "./quarantine.js";
import type { JobRecord, PlacementRecord, RestRecord, SavedState } from "./records.js";
import { forgetRemoved, waitForRemoved } from "./removed.js";
import { armRest, orderOff } from "./resting.js";
import { powerOffSetAside } from "./self-tests.js";

/** The committed records contradict each other: two owners of a board, or a machine that is gone. */
export class InconsistentStateError extends Error {
  readonly code = "STATE_INCONSISTENT";
}

/**
 * Machines as they were last applied, boards with their jobs or at rest; what the BMPs had under way
 * is ordered again, boards of ready jobs are looked at, keepalives begin anew. Waiting jobs are
 * queued by the configuration that follows.
 */
export function recover(facility: Facility, saved: SavedState): void {
  facility.counters = saved.counters;
  const machines = saved.machines.map((record) => new RunningMachine(record));
  for (const machine of machines) {
    facility.machinesById.set(machine.machineId, machine);
    facility.bmp.addMachine(machine.machineId, machine.description);
  }
  facility.machines = machines
    .filter((machine) => !machine.isRemoved)
    .sort((a, b) => a.priority! - b.priority!);
  for (const record of saved.quarantine) {
    facility.quarantine.set(quarantineKey(record.machineName, record.board), record);
  }
  for (const machine of facility.machines) quarantineNewMachine(facility, machine, undefined);
  facility.retired.restore(saved.retired);
  for (const record of saved.rests) recoverRest(facility, record);
  let createdMs = Number.NEGATIVE_INFINITY;
  for (const record of saved.jobs) createdMs = recoverJob(facility, record, createdMs);
  // Only now: the last rest of a removed machine to end takes the machine with it.
  for (const rest of [...facility.rests.values()]) resumeRest(facility, rest);
  powerOffSetAside(facility);
  for (const machine of facility.machines) waitForRemoved(facility, machine);
  // Of some nothing but orders was left, which died with the last server.
  for (const machine of machines) forgetRemoved(facility, machine);
}

/**
 * Takes up one job, not created before the one before it: the wall clock may have been set between
 * the two. Returns when it was created, in terms of Clock.elapsed().
 */
function recoverJob(facility: Facility, record: JobRecord, notBeforeMs: number): number {
  const nowMs = facility.clock.elapsed();
  const ageMs = Math.max(0, facility.clock.now() - record.startTime * 1000);
  const job = new LiveJob(record, nowMs, Math.max(notBeforeMs, nowMs - ageMs));
  facility.jobs.set(job.jobId, job);
  if (record.placement !== null) recoverPlacement(facility, job, record.placement);
  return job.createdMs;
}

function recoverPlacement(facility: Facility, job: LiveJob, record: PlacementRecord): void {
  const { machineId, allocation, power, powerPending, everReady } = record;
  const machine = takeBoards(facility, machineId, allocation, `job ${job.jobId}`);
  const placement = newPlacement(machine, allocation, { power, everReady });
  job.takeBoards(placement);
  if (powerPending) orderPower(facility, job, placement);
  else checkBoards(facility, job);
}

function recoverRest(facility: Facility, record: RestRecord): void {
  const { restId, jobId, machineId, allocation, poweredOffAt } = record;
  const machine = takeBoards(facility, machineId, allocation, `boards of job ${jobId} at rest`);
  const restedMs = poweredOffAt === null ? 0 : Math.max(0, facility.clock.now() - poweredOffAt);
  facility.rests.set(restId, {
    restId,
    jobId,
    machine,
    allocation,
    poweredOffAt,
    poweredOffElapsedMs: facility.clock.elapsed() - restedMs,
    timer: null,
  });
}

function resumeRest(facility: Facility, rest: Rest): void {
  if (rest.poweredOffAt === null) orderOff(facility, rest);
  else armRest(facility, rest);
}

function takeBoards(
  facility: Facility,
  machineId: number,
  allocation: Allocation,
  whose: string,
): RunningMachine {
  const machine = facility.machinesById.get(machineId);
  if (machine === undefined) {
    throw new InconsistentStateError(
      `the saved state has no machine ${machineId}, but ${whose} on it`,
    );
  }
  try {
    machine.bitmaps.occupy(allocation);
  } catch (cause) {
    const message = `the saved state gives boards of machine ${machine.name} to ${whose} and to another`;
    throw new InconsistentStateError(message, { cause });
  }
  return machine;
}
