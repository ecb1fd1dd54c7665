/** Applies a configuration to the running state, at the start and at each reload. */

import { compareMachines } from "../../config/comparison.js";
import type { ConfigurationDescription } from "../../config/description.js";
import type { MachineDescription } from "../../domain/machine.js";
import { armCooldown, powerOffUnconfigured } from "../boards/cooldown.js";
import { applyQuarantine } from "../boards/quarantine.js";
import { planAllMaintenance } from "../boards/self-tests.js";
import type { Actor } from "../contract/actors.js";
import { endJob } from "../jobs/ending.js";
import { enqueue } from "../queue/enqueue.js";
import { type EngineState, nextId, type Settings } from "../state/engine-state.js";
import type { LiveJob, LiveMachine } from "../state/live-job.js";
import { forgetIfOff, waitForRemovedMachines } from "../state/removed-machines.js";
import { RunningMachine } from "../state/running-machine.js";

/** What a configuration says about times and limits. */
export function settingsOf(configuration: ConfigurationDescription): Settings {
  return {
    keepaliveCheckMs: configuration.timeoutCheckInterval * 1000,
    cooldownMs: configuration.secondsBeforeFree * 1000,
    maxEndedJobs: configuration.maxRetiredJobs,
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
  state: EngineState,
  configuration: ConfigurationDescription,
  actor: Actor,
): void {
  applySettings(state, configuration);
  const before = new Map(state.machines.map((machine) => [machine.name, machine]));
  const replaced = new Map<string, LiveMachine>();
  const machines: LiveMachine[] = [];
  for (const description of configuration.machines) {
    const old = before.get(description.name);
    const change = old ? compareMachines(old.description, description) : "new";
    if (old && change === "replaced") replaced.set(old.name, old);
    else before.delete(description.name);
    if (old && change === "adjusted") adjustMachine(state, old, description);
    machines.push(old && change !== "replaced" ? old : addMachine(state, description));
  }
  const added = machines.filter((machine) => !state.machines.includes(machine));
  state.machines = machines;
  for (const [priority, machine] of machines.entries()) setPriority(state, machine, priority);
  for (const machine of before.values()) removeMachine(state, machine, actor);
  for (const machine of added) {
    const old = replaced.get(machine.name);
    for (const board of applyQuarantine(state, machine, old)) {
      if (old) powerOffUnconfigured(state, old, board);
    }
    waitForRemovedMachines(state, machine);
  }
  for (const machine of before.values()) forgetIfOff(state, machine);
  for (const job of [...state.jobs.values()]) {
    if (job.placement === null) enqueue(state, job);
  }
  planAllMaintenance(state);
  state.journal.tell({
    kind: "reloadApplied",
    atMs: state.clock.nowMs(),
    actor,
    machines: machines.map(({ name }) => name),
  });
}

function applySettings(state: EngineState, configuration: ConfigurationDescription): void {
  state.settings = settingsOf(configuration);
  state.endedJobs.setLimit(state.settings.maxEndedJobs);
  state.bmp.setTimes({
    settleMs: configuration.secondsToSettle * 1000,
    retryMs: configuration.secondsBeforeRetry * 1000,
    powerOnMs: configuration.secondsToPowerOn * 1000,
    healthMs: configuration.secondsBetweenHealthChecks * 1000,
  });
  for (const rest of [...state.cooldowns.values()]) {
    if (rest.poweredOffAtMs !== null) armCooldown(state, rest);
  }
}

function addMachine(state: EngineState, description: MachineDescription): LiveMachine {
  const machine = new RunningMachine<LiveJob>({
    machineId: nextId(state, "nextMachineId"),
    priority: 0,
    description,
  });
  state.machinesById.set(machine.machineId, machine);
  state.bmp.addMachine(machine.machineId, description);
  putMachine(state, machine);
  tellMachine(state, "machineAdded", machine);
  return machine;
}

function adjustMachine(
  state: EngineState,
  machine: LiveMachine,
  description: MachineDescription,
): void {
  machine.adjust(description);
  machine.queue.topologyChanged();
  state.bmp.addMachine(machine.machineId, machine.description);
  putMachine(state, machine);
  tellMachine(state, "machineChanged", machine);
}

function removeMachine(state: EngineState, machine: LiveMachine, actor: Actor): void {
  machine.priority = null;
  putMachine(state, machine);
  for (const job of [...state.jobs.values()]) {
    if (job.placement?.machine === machine) {
      endJob(state, job, { code: "machineRemoved", machine: machine.name }, actor);
    }
  }
  tellMachine(state, "machineRemoved", machine);
}

function tellMachine(
  { journal, clock }: EngineState,
  kind: "machineAdded" | "machineChanged" | "machineRemoved",
  { name: machine, machineId }: LiveMachine,
): void {
  journal.tell({ kind, atMs: clock.nowMs(), machine, machineId });
}

function setPriority(state: EngineState, machine: LiveMachine, priority: number): void {
  if (machine.priority === priority) return;
  machine.priority = priority;
  putMachine(state, machine);
}

function putMachine({ journal }: EngineState, machine: LiveMachine): void {
  journal.machines.put(machine.machineId, () => machine.record());
  journal.wake();
}
