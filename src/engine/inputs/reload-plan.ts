/**
 * What a reload will do. The plan reads the state, changes nothing and goes by no clock; `applyReload`
 * does what it says.
 */
import type { ConfigurationDescription } from "../../config/description.js";
import type { MachineDescription } from "../../domain/machine.js";
import { findBoard } from "../boards/board-identity.js";
import { quarantineChanges } from "../boards/quarantine-on-reload.js";
import { type PauseTimes, pauseLeftMs } from "../boards/self-tests.js";
import { isInUse } from "../boards/unattended.js";
import {
  type EndingJob,
  type LeavingMachine,
  type MachineWait,
  type QuarantineChange,
  type ReloadPlan,
  SETTINGS,
  type SettingChange,
  type UnconfiguredBoard,
} from "../contract/reload-plan.js";
import type { EngineState } from "../state/engine-state.js";
import type { LiveJob, LiveMachine } from "../state/live-job.js";
import { busyMachines, machinesToWaitFor, owedPowerOffs } from "../state/removed-machines.js";
import { withKeptLines } from "../state/running-machine.js";
import { keptLinks } from "./kept-links.js";
import { compareMachines, type MachineComparison } from "./machine-comparison.js";

/** A machine of the configuration, and the running machine of its name. */
type Match = { readonly description: MachineDescription; readonly priority: number } & (
  | { readonly kind: "new"; readonly running: null }
  | ({ readonly running: LiveMachine } & MachineComparison)
);
type Of<Kind extends Match["kind"]> = Match & { readonly kind: Kind };

/** What applying the configuration would do to the engine as it is, at that time of the wall clock. */
export function planReload(
  state: EngineState,
  configuration: ConfigurationDescription,
  nowMs: number,
): ReloadPlan {
  const matches = matchMachines(state, configuration.machines);
  const all = <Kind extends Match["kind"]>(...kinds: readonly Kind[]): Of<Kind>[] =>
    matches.filter((match): match is Of<Kind> => kinds.some((kind) => kind === match.kind));
  const staying = all("same", "changed");
  const stay = new Set(staying.map(({ running }) => running));
  const leaving = state.machines.filter((machine) => !stay.has(machine));
  const replaced = all("replaced");
  const joining = all("new", "replaced");

  const removalEnds = leaving.map((machine) => ({ machine, jobs: endingJobs(state, machine) }));
  const layouts = matches.map(layoutAfter);
  const quarantine = quarantineChanges(state, layouts);
  const powerOffs = boardsToPowerOff(state, leaving, quarantine);
  const busy = busyMachines(state);
  for (const { machine, jobs } of removalEnds) if (jobs.length > 0) busy.add(machine);
  const pause = {
    settings: { cooldownMs: configuration.secondsBeforeFree * 1000 },
    clock: { nowMs: () => nowMs },
  };
  const cooldowns = leaving.flatMap((machine) => boardsInPause(state, machine, pause));
  for (const { machineId } of [...powerOffs, ...cooldowns]) {
    busy.add(state.machinesById.get(machineId)!);
  }
  const gone = [...busy].filter((machine) => machine.isRemoved || leaving.includes(machine));
  const left = (machine: LiveMachine): LeavingMachine => ({
    name: machine.name,
    machineId: machine.machineId,
    isForgotten: !busy.has(machine) && !owesPowerOff(state, machine, { layouts, quarantine }),
  });
  const replacedMachines = new Set(replaced.map(({ running }) => running));

  return {
    settings: settingChanges(state, configuration),
    added: all("new").map(({ description: { name, width, height }, priority }) => ({
      name,
      width,
      height,
      priority,
    })),
    changed: all("changed").map(({ running, changes }) => ({ name: running.name, changes })),
    replaced: replaced.map(({ running, reasons, moreReasons }) => ({
      ...left(running),
      reasons,
      moreReasons,
    })),
    removed: leaving.filter((machine) => !replacedMachines.has(machine)).map(left),
    priorities: staying
      .map(({ running, priority }) => ({
        machine: running.name,
        from: running.priority!,
        to: priority,
      }))
      .filter(({ from, to }) => from !== to),
    endedJobs: [...removalEnds.flatMap(({ jobs }) => jobs), ...unplaceableJobs(state, matches)],
    quarantine,
    powerOffs,
    cooldowns,
    waits: [...joining, ...all("changed").filter(bringsBoards)].flatMap((match) =>
      waitOf(match, gone),
    ),
    keptLinks: all("changed").flatMap(({ running, description }) =>
      keptLinks(running, description),
    ),
  };
}

function matchMachines(
  { machines }: EngineState,
  descriptions: readonly MachineDescription[],
): readonly Match[] {
  const byName = new Map(machines.map((machine) => [machine.name, machine]));
  return descriptions.map((description, priority): Match => {
    const running = byName.get(description.name);
    if (running === undefined) return { kind: "new", description, priority, running: null };
    const comparison = compareMachines(running.description, description);
    return { description, priority, running, ...comparison };
  });
}

function settingChanges(
  { settings }: EngineState,
  configuration: ConfigurationDescription,
): SettingChange[] {
  return SETTINGS.flatMap((field) => {
    const from = settings.configured.get(field);
    const to = configuration[field];
    return from === undefined || from === to ? [] : [{ field, from, to }];
  });
}

/** Jobs that end with their machine, oldest first. */
function endingJobs({ jobs }: EngineState, machine: LiveMachine): EndingJob[] {
  const ending: EndingJob[] = [];
  for (const { jobId, owner, placement } of jobs.values()) {
    if (placement?.machine !== machine) continue;
    ending.push({ jobId, owner, machine: machine.name, reason: "machineRemoved" });
  }
  return ending;
}

/** Waiting jobs that no machine may hold any more, as far as that is known without a search. */
function unplaceableJobs(state: EngineState, machines: readonly Match[]): EndingJob[] {
  const ending: EndingJob[] = [];
  for (const job of jobsToLookAt(state, machines)) {
    if (job.placement !== null) continue;
    const mayWait = machines.some(
      ({ kind, description, running }) =>
        job.mayRunOn(description) &&
        // What was found out about a machine holds only while it stays the same.
        (kind !== "same" || running.queue.feasibilityOf(job) !== "impossible"),
    );
    if (mayWait) continue;
    const { jobId, owner, machineName } = job;
    ending.push({ jobId, owner, machine: machineName, reason: "noSuitableMachine" });
  }
  return ending;
}

/**
 * Jobs that may lose a queue: those of machines that leave or lose tags. There may be 100,000 others.
 * And those that were created this moment and are in none yet. Oldest first.
 */
function jobsToLookAt(state: EngineState, matches: readonly Match[]): Iterable<LiveJob> {
  if (!state.areQueuesFilled || state.refill !== null) return state.jobs.values();
  const kept = new Set<LiveMachine>();
  for (const match of matches) {
    const loses = match.kind === "changed" && match.changes.tags.removed.length > 0;
    const stays = match.kind === "same" || match.kind === "changed";
    if (stays && !loses) kept.add(match.running);
  }
  const jobs = new Set(state.newJobs.filter(({ jobId }) => state.jobs.has(jobId)));
  for (const machine of state.machines) {
    if (kept.has(machine)) continue;
    for (const job of machine.queue.waiting) if (!waitsForOneOf(kept, job)) jobs.add(job);
  }
  return [...jobs].sort((a, b) => a.jobId - b.jobId);
}

function waitsForOneOf(machines: ReadonlySet<LiveMachine>, { queuedOn }: LiveJob): boolean {
  for (const machine of queuedOn) if (machines.has(machine)) return true;
  return false;
}

/** What is known of the machine's boards after the reload. */
function layoutAfter(match: Match): MachineDescription {
  if (match.kind === "same") return match.running.description;
  if (match.kind === "changed") return withKeptLines(match.description, match.running.description);
  return match.description;
}

/** Whether boards that were dead, or not there, come from elsewhere. */
function bringsBoards({ changes: { positions, bmps } }: Of<"changed">): boolean {
  return positions.length + bmps.length > 0;
}

/** Boards of machines that leave which may be on, and which no machine has any more. */
function boardsToPowerOff(
  state: EngineState,
  leaving: readonly LiveMachine[],
  changes: readonly QuarantineChange[],
): UnconfiguredBoard[] {
  return changes.flatMap(({ bmp, number, to, mayBeOn }) => {
    if (to !== null || !mayBeOn) return [];
    return findBoard(leaving, { bmp, number })
      .filter(({ machine, board }) => !isInUse(state, machine, board))
      .map(({ machine, board }) => {
        const { name, machineId } = machine;
        return { machine: name, machineId, board: machine.refer(board) };
      });
  });
}

/**
 * Boards in quarantine that the server powered off just now, and that no record may withhold any more
 * once their machine has left: it takes them along until they have cooled down.
 */
function boardsInPause(
  state: EngineState,
  machine: LiveMachine,
  pause: PauseTimes,
): UnconfiguredBoard[] {
  const { name, machineId } = machine;
  return [...state.quarantine.values()]
    .filter((record) => !record.mayBeOn && pauseLeftMs(pause, record) > 0)
    .flatMap((record) => findBoard([machine], record))
    .filter(({ board }) => !isInUse(state, machine, board))
    .map(({ board }) => ({ machine: name, machineId, board: machine.refer(board) }));
}

/** Whether boards of a machine that leaves may be on after the reload, and nobody else can power them off. */
function owesPowerOff(
  state: EngineState,
  machine: LiveMachine,
  after: {
    readonly layouts: readonly MachineDescription[];
    readonly quarantine: readonly QuarantineChange[];
  },
): boolean {
  // Records that get another BMP are no longer about boards of this machine.
  const readdressed = new Set(
    after.quarantine
      .filter(({ bmp, number, newBmp, newNumber }) => newBmp !== bmp || newNumber !== number)
      .map(({ bmp, number }) => `${number} ${bmp}`),
  );
  return owedPowerOffs(state, machine, after.layouts).some(
    ({ bmp, number }) => !readdressed.has(`${number} ${bmp}`),
  );
}

function waitOf(
  { kind, description, running }: Match,
  gone: readonly LiveMachine[],
): MachineWait[] {
  const known = kind === "changed" ? running.waitsFor : new Set();
  const waitsFor = machinesToWaitFor(description, gone)
    .filter(({ machineId }) => !known.has(machineId))
    .map(({ name, machineId }) => ({ name, machineId }));
  return waitsFor.length === 0 ? [] : [{ machine: description.name, waitsFor }];
}
