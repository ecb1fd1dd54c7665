/**
 * Carries out a reload, at the start and whenever the configuration is read again. What is to be done
 * was decided by the plan; each function here has one effect of it.
 */
import type { ConfigurationDescription } from "../../config/description.js";
import type { MachineDescription } from "../../domain/machine.js";
import { coolDownBoard, powerOffUnused, rearmCooldowns } from "../boards/cooldown.js";
import { changeQuarantine, withholdBoards } from "../boards/quarantine-on-reload.js";
import { followFrames } from "../boards/readdressed.js";
import { planAllMaintenance, powerOffOwed } from "../boards/self-tests.js";
import { findSharedFrames } from "../boards/shared-frames.js";
import type { Actor } from "../contract/actors.js";
import type { EndingJob, MachineChanges, ReloadPlan } from "../contract/reload-plan.js";
import { endJob } from "../jobs/ending.js";
import { enqueue, refillQueues } from "../queue/enqueue.js";
import { type EngineState, nextId } from "../state/engine-state.js";
import type { LiveJob, LiveMachine } from "../state/live-job.js";
import { forgetIfOff } from "../state/removed-machines.js";
import { RunningMachine } from "../state/running-machine.js";
import { settingsOf } from "../state/settings.js";

/** Does what the plan, made of this very state and configuration, says. */
export function applyReload(
  state: EngineState,
  plan: ReloadPlan,
  configuration: ConfigurationDescription,
  actor: Actor,
): void {
  adoptSettings(state, configuration);
  if (plan.settings.some(({ field }) => field === "secondsBeforeFree")) rearmCooldowns(state);

  const running = state.machines.map(({ description }) => description);
  const machines = new Map(state.machines.map((machine) => [machine.name, machine]));
  const leaving = [...plan.removed, ...plan.replaced];
  const joining = new Set([...plan.added, ...plan.replaced].map(({ name }) => name));
  const changed = new Map(plan.changed.map(({ name, changes }) => [name, changes]));
  configuration.machines.forEach((description, priority) => {
    const { name } = description;
    const changes = changed.get(name);
    if (joining.has(name)) machines.set(name, addMachine(state, description, priority));
    else if (changes) changeMachine(state, machines.get(name)!, description, changes);
  });
  state.machines = configuration.machines.map(({ name }) => machines.get(name)!);
  for (const { queue } of state.machines) queue.setPolicy(state.settings.queuePolicy);
  for (const { machine, to } of plan.priorities) setPriority(state, machines.get(machine)!, to);

  for (const { machineId } of leaving) removeMachine(state, state.machinesById.get(machineId)!);
  const removed = [...state.machinesById.values()].filter(({ isRemoved }) => isRemoved);
  const layouts = state.machines.map(({ description }) => description);
  followFrames(state, removed, running, layouts);
  endJobs(state, plan.endedJobs, actor);
  changeQuarantine(state, plan.quarantine);
  for (const name of joining) withholdBoards(state, machines.get(name)!);
  findSharedFrames(state);
  for (const { machineId, board } of plan.powerOffs) {
    powerOffUnused(state, state.machinesById.get(machineId)!, board.index);
  }
  for (const { machineId, board } of plan.cooldowns) {
    coolDownBoard(state, state.machinesById.get(machineId)!, board.index);
  }
  for (const { machine, waitsFor } of plan.waits) {
    for (const { machineId } of waitsFor) machines.get(machine)!.waitsFor.add(machineId);
  }
  if (changesQueues(plan) || !state.areQueuesFilled) {
    const isFilled = ({ name }: LiveMachine) =>
      state.areQueuesFilled && !joining.has(name) && !changed.has(name);
    const toFill = state.machines.filter((machine) => !isFilled(machine));
    state.areQueuesFilled = true;
    refillQueues(state, toFill, actor);
  } else {
    for (const job of state.newJobs) if (state.jobs.has(job.jobId)) enqueue(state, job, actor);
  }
  planAllMaintenance(state);
  for (const machine of removed) {
    powerOffOwed(state, machine);
    forgetIfOff(state, machine);
  }
  state.journal.tell({ kind: "reloadApplied", atMs: state.clock.nowMs(), actor, plan });
}

/** Goes by the times and limits of a configuration from now on. */
export function adoptSettings(state: EngineState, configuration: ConfigurationDescription): void {
  state.settings = settingsOf(configuration);
  state.endedJobs.setLimit(state.settings.maxEndedJobs);
  state.bmp.setTimes(state.settings.bmpTimes);
}

function addMachine(
  state: EngineState,
  description: MachineDescription,
  priority: number,
): LiveMachine {
  const machineId = nextId(state, "nextMachineId");
  const machine = new RunningMachine<LiveJob>(
    { machineId, priority, description },
    state.settings.queuePolicy,
    state.admission,
  );
  state.machinesById.set(machineId, machine);
  state.bmp.addMachine(machineId, description);
  putMachine(state, machine);
  tellMachine(state, "machineAdded", machine);
  return machine;
}

function changeMachine(
  state: EngineState,
  machine: LiveMachine,
  description: MachineDescription,
  { positions, bmps }: MachineChanges,
): void {
  machine.changeInPlace(description);
  machine.queue.topologyChanged();
  // Boards that were out may be behind another BMP now.
  if (positions.length + bmps.length > 0) withholdBoards(state, machine);
  state.bmp.addMachine(machine.machineId, machine.description);
  putMachine(state, machine);
  tellMachine(state, "machineChanged", machine);
}

function setPriority(state: EngineState, machine: LiveMachine, priority: number): void {
  machine.priority = priority;
  putMachine(state, machine);
}

function removeMachine(state: EngineState, machine: LiveMachine): void {
  machine.priority = null;
  putMachine(state, machine);
  tellMachine(state, "machineRemoved", machine);
}

function tellMachine(
  { journal, clock }: EngineState,
  kind: "machineAdded" | "machineChanged" | "machineRemoved",
  { name: machine, machineId }: LiveMachine,
): void {
  journal.tell({ kind, atMs: clock.nowMs(), machine, machineId });
}

/** Ends those that lose their boards; the others end when they are found to be in no queue. */
function endJobs(state: EngineState, jobs: readonly EndingJob[], actor: Actor): void {
  for (const { jobId, reason, machine } of jobs) {
    if (reason !== "machineRemoved") continue;
    endJob(state, state.jobs.get(jobId)!, { code: reason, machine }, actor);
  }
}

/** Whether jobs may belong in other queues than before, or in another order of machines. */
function changesQueues({ added, changed, replaced, removed, priorities }: ReloadPlan) {
  return [added, changed, replaced, removed, priorities].some(({ length }) => length > 0);
}

function putMachine({ journal }: EngineState, machine: LiveMachine): void {
  journal.machines.put(machine.machineId, () => machine.record());
  journal.wake();
}
