/** Rebuilds the state from what was committed before the last stop, however that came about. */
import type { ConfigurationDescription } from "../../config/description.js";
import type { Allocation } from "../../domain/allocation.js";
import { keyOf } from "../boards/board-identity.js";
import { armCooldown, orderPowerOff } from "../boards/cooldown.js";
import { withholdBoards } from "../boards/quarantine-on-reload.js";
import { powerOffQuarantined } from "../boards/self-tests.js";
import type {
  CooldownRecord,
  JobRecord,
  PlacementRecord,
  SavedState,
} from "../contract/records.js";
import { checkBoards, orderPower } from "../jobs/power.js";
import type { Cooldown, EngineState } from "../state/engine-state.js";
import { LiveJob, type LiveMachine, newPlacement } from "../state/live-job.js";
import { busyMachines, forgetIfOff, machinesToWaitFor } from "../state/removed-machines.js";
import { RunningMachine } from "../state/running-machine.js";

/** The committed records contradict each other: two owners of a board, or a machine that is gone. */
class InconsistentStateError extends Error {
  readonly code = "STATE_INCONSISTENT";

  constructor(contradiction: string, options?: ErrorOptions) {
    super(
      `the saved state is inconsistent: ${contradiction}. Restore the directory from a backup, or start once with --salvage or --cold-start`,
      options,
    );
  }
}

/** The ids of FPGAs are not saved: those that the configuration gives are right from the start on. */
export function withFpgaIds(saved: SavedState, { machines }: ConfigurationDescription): SavedState {
  const configured = new Map(machines.map((machine) => [machine.name, machine]));
  return {
    ...saved,
    machines: saved.machines.map((record) => {
      const { name, width, height } = record.description;
      const now = configured.get(name);
      if (now?.width !== width || now.height !== height) return record;
      const { fpgaIds = [] } = now;
      return { ...record, description: { ...record.description, fpgaIds } };
    }),
  };
}

/**
 * Machines as they were last applied, boards with their jobs or in cooldown; what the BMPs had under way
 * is ordered again, boards of ready jobs are looked at, keepalives begin anew, with a grace. Waiting jobs are
 * queued by the configuration that follows.
 */
export function recover(state: EngineState, saved: SavedState): void {
  Object.assign(state.counters, saved.counters);
  const machines = saved.machines.map(
    (record) => new RunningMachine<LiveJob>(record, state.settings.queuePolicy, state.admission),
  );
  for (const machine of machines) {
    state.machinesById.set(machine.machineId, machine);
    state.bmp.addMachine(machine.machineId, machine.description);
  }
  state.machines = machines
    .filter((machine) => !machine.isRemoved)
    .sort((a, b) => a.priority! - b.priority!);
  for (const record of saved.quarantine) {
    state.quarantine.set(keyOf(record), record);
  }
  for (const machine of state.machines) withholdBoards(state, machine);
  state.endedJobs.restore(saved.endedJobs);
  for (const record of saved.cooldowns) recoverCooldown(state, record);
  let createdMs = Number.NEGATIVE_INFINITY;
  for (const record of saved.jobs) createdMs = recoverJob(state, record, createdMs);
  // Only now: the last cooldown of a removed machine to end takes the machine with it.
  for (const cooldown of [...state.cooldowns.values()]) resumeCooldown(state, cooldown);
  powerOffQuarantined(state);
  const busy = [...busyMachines(state)].filter(({ isRemoved }) => isRemoved);
  for (const { description, waitsFor } of state.machines) {
    for (const other of machinesToWaitFor(description, busy)) waitsFor.add(other.machineId);
  }
  // Of some nothing but orders was left, which died with the last server.
  for (const machine of machines) forgetIfOff(state, machine);
}

/**
 * Takes up one job, not created before the one before it: the wall clock may have been set between
 * the two. Returns when it was created, in terms of Clock.elapsed().
 */
function recoverJob(state: EngineState, record: JobRecord, notBeforeMs: number): number {
  const nowMs = state.clock.elapsedMs();
  const ageMs = Math.max(0, state.clock.nowMs() - record.startTimeS * 1000);
  const job = new LiveJob(record, state.clock.attendedMs(), Math.max(notBeforeMs, nowMs - ageMs));
  job.isInGrace = true;
  state.jobs.set(job.jobId, job);
  state.holdings.add(job);
  if (record.placement !== null) recoverPlacement(state, job, record.placement);
  return job.createdMs;
}

function recoverPlacement(state: EngineState, job: LiveJob, record: PlacementRecord): void {
  const { machineId, allocation, power, powerPending, everReady } = record;
  const machine = takeBoards(state, machineId, allocation, `job ${job.jobId}`, job.creatorHost);
  const placement = newPlacement(machine, allocation, { power, everReady });
  job.takeBoards(placement);
  if (powerPending) orderPower(state, job, placement);
  else checkBoards(state, job);
}

function recoverCooldown(state: EngineState, record: CooldownRecord): void {
  const { cooldownId, jobId, machineId, allocation, poweredOffAtMs } = record;
  const whose = jobId === null ? `cooldown ${cooldownId}` : `the cooldown of job ${jobId}`;
  const machine = takeBoards(state, machineId, allocation, whose);
  const elapsedMs = poweredOffAtMs === null ? 0 : Math.max(0, state.clock.nowMs() - poweredOffAtMs);
  state.cooldowns.set(cooldownId, {
    cooldownId,
    jobId,
    host: null,
    machine,
    allocation,
    poweredOffAtMs,
    poweredOffElapsedMs: state.clock.elapsedMs() - elapsedMs,
    timer: null,
  });
}

function resumeCooldown(state: EngineState, cooldown: Cooldown): void {
  if (cooldown.poweredOffAtMs === null) orderPowerOff(state, cooldown);
  else armCooldown(state, cooldown);
}

function takeBoards(
  state: EngineState,
  machineId: number,
  allocation: Allocation,
  whose: string,
  host: string | null = null,
): LiveMachine {
  const machine = state.machinesById.get(machineId);
  if (machine === undefined) {
    throw new InconsistentStateError(
      `${whose} has boards on machine ${machineId}, which is not in it`,
    );
  }
  try {
    machine.occupy(allocation, host);
  } catch (cause) {
    throw new InconsistentStateError(
      `${whose} has boards of machine ${machine.name} that another job or cooldown has as well`,
      { cause },
    );
  }
  return machine;
}
