/** How jobs begin. */
import { invariant } from "../../domain/invariant.js";
import { type Actor, hostOf, SERVER } from "../contract/actors.js";
import type { CommitMark, NewJob } from "../contract/api.js";
import { type EngineState, nextId } from "../state/engine-state.js";
import { LiveJob } from "../state/live-job.js";
import { endJob } from "./ending.js";

const DEFAULT_TAG = "default";

/** Creates a job, which is offered to machines at the end of the turn. See `EngineApi.createJob`. */
export function createJob(
  state: EngineState,
  job: NewJob,
  actor: Actor,
  done: (jobId: number, mark: CommitMark) => void,
): void {
  const { owner, keepaliveS, request, machine, argsJson, kwargsJson } = job;
  const live = new LiveJob(
    {
      jobId: nextId(state, "nextJobId"),
      owner,
      startTimeS: state.clock.nowMs() / 1000,
      keepaliveS,
      host: hostOf(actor),
      request,
      machine,
      tags: machine === null ? (job.tags ?? [DEFAULT_TAG]) : [],
      argsJson,
      kwargsJson,
      placement: null,
      failedPlacements: 0,
    },
    state.clock.attendedMs(),
    state.clock.elapsedMs(),
  );
  live.isCreatorTold = false;
  live.firstAttempt = done;
  live.creation = actor;
  invariant(!state.jobs.has(live.jobId), () => `job id ${live.jobId} is given a second time`);
  state.jobs.set(live.jobId, live);
  state.holdings.add(live);
  state.newJobs.push(live);
  state.firstAttempts.add(live);
  state.journal.wake();
}

/** The answer with its id is on its way: from here on its keepalive counts. */
export function creatorTold(state: EngineState, job: LiveJob): void {
  job.isCreatorTold = true;
  job.touch(state.clock.attendedMs(), null);
}

/** Ends a job whose creator was gone before it could be told the id. */
export function abandonJob(state: EngineState, job: LiveJob): void {
  const { jobId, owner, host } = job;
  state.log.info(
    { jobId, owner, client: host },
    `job ${jobId} is destroyed: its client was gone before it could be told the id`,
  );
  endJob(state, job, { code: "creatorGone" }, SERVER);
}
