/**
 * What a reload will do. The plan reads the state, changes nothing and goes by no clock; `applyReload`
 * does what it says.
 */
import type { ConfigurationDescription } from "../../config/description.js";
import { boardCount } from "../../domain/board.js";
import type { MachineDescription } from "../../domain/machine.js";
import { isInUse } from "../boards/cooldown.js";
import { quarantineChanges } from "../boards/quarantine-on-reload.js";
import { type PauseTimes, pauseLeftMs } from "../boards/self-tests.js";
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
import type { LiveMachine } from "../state/live-job.js";
import { busyMachines, machinesToWaitFor, owedPowerOffs } from "../state/removed-machines.js";
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
  const quarantine = joining.map((match) => ({
    match,
    changes: quarantineChanges(state, match.description, match.running),
  }));
  const powerOffs = quarantine.flatMap(({ match, changes }) =>
    match.running === null ? [] : boardsToPowerOff(state, match.running, changes),
  );
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
    isForgotten:
      !busy.has(machine) && owedPowerOffs(state, machine, configuration.machines).length === 0,
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
    quarantine: quarantine.flatMap(({ changes }) => changes),
    powerOffs,
    cooldowns,
    waits: joining.flatMap(({ description }) => waitOf(description, gone)),
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
function unplaceableJobs({ jobs }: EngineState, machines: readonly Match[]): EndingJob[] {
  const ending: EndingJob[] = [];
  for (const job of jobs.values()) {
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

/** Boards that may be on, and that the machine which replaces theirs does not have. */
function boardsToPowerOff(
  state: EngineState,
  machine: LiveMachine,
  changes: readonly QuarantineChange[],
): UnconfiguredBoard[] {
  const { name, machineId } = machine;
  return changes.flatMap(({ board, to, mayBeOn }) => {
    if (board === null || to !== null || !mayBeOn) return [];
    const isReachable = machine.bmpOf(board.index) !== null;
    if (!isReachable || isInUse(state, machine, board.index)) return [];
    return [{ machine: name, machineId, board }];
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
  const { name, machineId, description } = machine;
  return [...state.quarantine.values()]
    .filter(
      (record) =>
        record.machineName === name &&
        record.board < boardCount(description) &&
        !record.mayBeOn &&
        pauseLeftMs(pause, record) > 0 &&
        !isInUse(state, machine, record.board),
    )
    .map(({ board }) => ({ machine: name, machineId, board: machine.refer(board) }));
}

function waitOf(machine: MachineDescription, gone: readonly LiveMachine[]): MachineWait[] {
  const waitsFor = machinesToWaitFor(machine, gone).map(({ name, machineId }) => ({
    name,
    machineId,
  }));
  return waitsFor.length === 0 ? [] : [{ machine: machine.name, waitsFor }];
}
