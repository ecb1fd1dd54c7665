/** Applies a configuration to the running facility, at the start and at each reload. */
import { compareMachines } from "../config/compare.js";
import type { ConfigurationDescription, MachineDescription } from "../config/description.js";
import { retire } from "./destroying.js";
import { type Facility, machineChanged, nextId, type Settings } from "./facility.js";
import { RunningMachine } from "./machine.js";
import { quarantineNewMachine } from "./quarantine.js";
import { enqueue } from "./queueing.js";
import { forgetRemoved, waitForRemoved } from "./removed.js";
import { armRest, powerOffLost } from "./resting.js";
import { planAllSelfTests } from "./self-tests.js";

const MACHINE_REMOVED = "Machine removed.";

/** What a configuration says about times and limits. */
export function settingsOf(configuration: ConfigurationDescription): Settings {
  return {
    sweepMs: configuration.timeoutCheckInterval * 1000,
    restMs: configuration.secondsBeforeFree * 1000,
    maxRetiredJobs: configuration.maxRetiredJobs,
    queue: {
      policy: configuration.queuePolicy,
      maxOvertakenMs: configuration.maxSecondsOvertaken * 1000,
    },
    maxPlacements: configuration.maxPlacementAttempts,
    selfTestMs: configuration.secondsBetweenSelfTests * 1000,
    selfTestsToRelease: configuration.selfTestsToRelease,
  };
}

/**
 * Machines are matched by name. Tags, dead boards and dead links change in place; a machine laid out
 * or addressed differently is removed and added anew. Then every waiting job is queued afresh.
 */
export function applyConfiguration(
  facility: Facility,
  configuration: ConfigurationDescription,
): void {
  applySettings(facility, configuration);
  const before = new Map(facility.machines.map((machine) => [machine.name, machine]));
  const replaced = new Map<string, RunningMachine>();
  const machines: RunningMachine[] = [];
  for (const description of configuration.machines) {
    const old = before.get(description.name);
    const change = old ? compareMachines(old.description, description) : "new";
    if (old && change === "replaced") replaced.set(old.name, old);
    else before.delete(description.name);
    if (old && change === "adjusted") adjustMachine(facility, old, description);
    machines.push(old && change !== "replaced" ? old : addMachine(facility, description));
  }
  const added = machines.filter((machine) => !facility.machines.includes(machine));
  facility.machines = machines;
  for (const [priority, machine] of machines.entries()) setPriority(facility, machine, priority);
  for (const machine of before.values()) removeMachine(facility, machine);
  for (const machine of added) {
    const old = replaced.get(machine.name);
    for (const board of quarantineNewMachine(facility, machine, old)) {
      if (old) powerOffLost(facility, old, board);
    }
    waitForRemoved(facility, machine);
  }
  for (const machine of before.values()) forgetRemoved(facility, machine);
  for (const job of [...facility.jobs.values()]) {
    if (job.placement === null) enqueue(facility, job);
  }
  planAllSelfTests(facility);
}

function applySettings(facility: Facility, configuration: ConfigurationDescription): void {
  facility.settings = settingsOf(configuration);
  facility.retired.setLimit(facility.settings.maxRetiredJobs);
  facility.bmp.setTimes({
    settleMs: configuration.secondsToSettle * 1000,
    retryMs: configuration.secondsBeforeRetry * 1000,
    powerOnMs: configuration.secondsToPowerOn * 1000,
    healthMs: configuration.secondsBetweenHealthChecks * 1000,
  });
  for (const rest of [...facility.rests.values()]) {
    if (rest.poweredOffAt !== null) armRest(facility, rest);
  }
}

function addMachine(facility: Facility, description: MachineDescription): RunningMachine {
  const machine = new RunningMachine({
    machineId: nextId(facility, "nextMachineId"),
    priority: 0,
    description,
  });
  facility.machinesById.set(machine.machineId, machine);
  facility.bmp.addMachine(machine.machineId, description);
  putMachine(facility, machine);
  machineChanged(facility, machine);
  return machine;
}

function adjustMachine(
  facility: Facility,
  machine: RunningMachine,
  description: MachineDescription,
): void {
  machine.adjust(description);
  machine.queue.topologyChanged();
  facility.bmp.addMachine(machine.machineId, machine.description);
  putMachine(facility, machine);
  machineChanged(facility, machine);
}

function removeMachine(facility: Facility, machine: RunningMachine): void {
  machine.priority = null;
  putMachine(facility, machine);
  for (const job of [...facility.jobs.values()]) {
    if (job.placement?.machine === machine) retire(facility, job, MACHINE_REMOVED);
  }
  machineChanged(facility, machine);
}

function setPriority(facility: Facility, machine: RunningMachine, priority: number): void {
  if (machine.priority === priority) return;
  machine.priority = priority;
  putMachine(facility, machine);
}

function putMachine({ journal }: Facility, machine: RunningMachine): void {
  journal.machines.put(machine.machineId, () => machine.record());
  journal.wake();
}
