/**
 * What is said of jobs and machines, as JSON text. The engine makes a new view whenever anything in
 * it changes, so text is made once per view and kept with it.
 */
import { boardsOf, chipsOf, originOf } from "../allocation/boards.js";
import {
  type CommitMark,
  JobState,
  type JobView,
  type MachineView,
  type RetiredView,
} from "../engine/api.js";
import { type ChipCoordinate, ethernetChip, wrap } from "../geometry/index.js";
import { type Answer, returned } from "./answer.js";

/** A function of a view, computed once per view. */
function oncePerView<View extends object, T>(compute: (view: View) => T): (view: View) => T {
  const known = new WeakMap<View, T>();
  return (view) => {
    const before = known.get(view);
    if (before !== undefined) return before;
    const made = compute(view);
    known.set(view, made);
    return made;
  };
}

const stateOfLive = oncePerView((job: JobView): Answer => {
  const state = {
    state: job.state,
    power: job.power,
    keepalive: job.keepalive,
    reason: null,
    start_time: job.startTime,
    keepalivehost: job.keepaliveHost,
  };
  return returned(JSON.stringify(state), job.mark);
});

function stateWithout(state: JobState, reason: string | null): string {
  return JSON.stringify({
    state,
    power: null,
    keepalive: null,
    reason,
    start_time: null,
    keepalivehost: null,
  });
}

const UNKNOWN_STATE = stateWithout(JobState.unknown, null);

/** A job that is not known may have been a moment ago: that answer waits for `currentMark`. */
export function jobStateAnswer(
  job: JobView | RetiredView | undefined,
  currentMark: CommitMark,
): Answer {
  if (job === undefined) return returned(UNKNOWN_STATE, currentMark);
  if ("state" in job) return stateOfLive(job);
  return returned(stateWithout(JobState.destroyed, job.reason), job.mark);
}

const NO_MACHINE = JSON.stringify({
  width: null,
  height: null,
  connections: null,
  machine_name: null,
  boards: null,
});

const machineInfoOfLive = oncePerView((job: JobView): Answer => {
  const { placed } = job;
  if (placed === null) return returned(NO_MACHINE, job.mark);
  const { allocation, machine } = placed;
  const info = {
    ...chipsOf(allocation, machine.description),
    connections: connectionsOf(placed),
    machine_name: machine.description.name,
    boards: boardsOf(allocation, machine.description),
  };
  return returned(JSON.stringify(info), job.mark);
});

/** As {@link jobStateAnswer}. */
export function machineInfoAnswer(
  job: JobView | RetiredView | undefined,
  currentMark: CommitMark,
): Answer {
  if (job !== undefined && "state" in job) return machineInfoOfLive(job);
  return returned(NO_MACHINE, job?.mark ?? currentMark);
}

/** Ethernet chips relative to the job's origin and their addresses, sorted by x, then y. */
function connectionsOf({
  allocation,
  machine,
}: NonNullable<JobView["placed"]>): (readonly [ChipCoordinate, string])[] {
  const { width, height } = machine.description;
  const [ox, oy, oz] = originOf(allocation);
  const connections: (readonly [ChipCoordinate, string])[] = [];
  for (const board of boardsOf(allocation, machine.description)) {
    const address = machine.addressOf(board);
    if (address === undefined) {
      throw new Error(`board ${board} of machine ${machine.description.name} has no address`);
    }
    const [x, y, z] = board;
    connections.push([ethernetChip([wrap(x - ox, width), wrap(y - oy, height), z - oz]), address]);
  }
  return connections.sort(([a], [b]) => a[0] - b[0] || a[1] - b[1]);
}

const listed = oncePerView((job: JobView): string => {
  const { placed } = job;
  const before = JSON.stringify({
    job_id: job.jobId,
    owner: job.owner,
    start_time: job.startTime,
    keepalive: job.keepalive,
    state: job.state,
    power: job.power,
  });
  const after = JSON.stringify({
    allocated_machine_name: placed?.machine.description.name ?? null,
    boards: placed && boardsOf(placed.allocation, placed.machine.description),
    keepalivehost: job.keepaliveHost ?? "",
  });
  return `${before.slice(0, -1)},"args":${job.argsJson},"kwargs":${job.kwargsJson},${after.slice(1)}`;
});

/** The list of jobs; joined anew only when a job in it changed. */
export class JobListText {
  private views: JobView[] = [];
  private text = "[]";

  of(jobs: Iterable<JobView>): string {
    const views: JobView[] = [];
    let same = true;
    for (const view of jobs) {
      if (this.views[views.length] !== view) same = false;
      views.push(view);
    }
    if (!same || views.length !== this.views.length) {
      this.views = views;
      this.text = `[${views.map(listed).join(",")}]`;
    }
    return this.text;
  }
}

const listedMachine = oncePerView(({ description }: MachineView): string =>
  JSON.stringify({
    name: description.name,
    tags: description.tags,
    width: description.width,
    height: description.height,
    dead_boards: description.deadBoards,
    dead_links: description.deadLinks,
  }),
);

export function machineListText(machines: readonly MachineView[]): string {
  return `[${machines.map(listedMachine).join(",")}]`;
}
