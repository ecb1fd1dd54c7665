/**
 * What is said of jobs and machines, as JSON text. The engine makes a new view whenever anything in
 * it changes, so text is made once per view and kept with it.
 */

import { boardsOf, chipsOf, originOf } from "../../domain/allocation.js";
import { wrap } from "../../domain/board.js";
import { type ChipCoordinate, ethernetChip } from "../../domain/chips.js";
import {
  type CommitMark,
  type EndedJobView,
  JobState,
  type JobView,
} from "../../engine/contract/api.js";
import { type Answer, returned } from "./answer.js";
import { endReasonText } from "./end-reason-text.js";
import { oncePer } from "./once-per.js";

const stateOfLive = oncePer((job: JobView): Answer => {
  const state = {
    state: job.state,
    power: job.power,
    keepalive: job.keepaliveS,
    reason: null,
    start_time: job.startTimeS,
    keepalivehost: job.host,
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
  job: JobView | EndedJobView | undefined,
  currentMark: CommitMark,
): Answer {
  if (job === undefined) return returned(UNKNOWN_STATE, currentMark);
  if ("state" in job) return stateOfLive(job);
  return returned(stateWithout(JobState.destroyed, endReasonText(job)), job.mark);
}

const NO_MACHINE = JSON.stringify({
  width: null,
  height: null,
  connections: null,
  machine_name: null,
  boards: null,
});

const machineInfoOfLive = oncePer((job: JobView): Answer => {
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
  job: JobView | EndedJobView | undefined,
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
