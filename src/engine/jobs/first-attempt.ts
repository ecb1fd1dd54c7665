/**
 * The first attempt to place a job: its creator waits for the end of it, and until then nobody else
 * knows of the job.
 */
import type { EngineState } from "../state/engine-state.js";
import { jobChanged } from "../state/engine-state.js";
import type { LiveJob } from "../state/live-job.js";

/** Tells that the job was created, once: before anything else about it. */
export function introduce(state: EngineState, job: LiveJob): void {
  const { creation } = job;
  if (creation === null) return;
  job.creation = null;
  const { request, machineName: machine, tags, keepaliveS } = job;
  state.journal.tell({
    kind: "jobCreated",
    atMs: job.startTimeS * 1000,
    job: job.eventJob,
    actor: creation,
    request,
    keepaliveS,
    machine,
    tags,
  });
}

/**
 * From here on the job, if it still lives, is known to everybody. Its creator is told its id when
 * the turn is over: on being told, it may well ask for another job, or the end of this one.
 */
export function finishFirstAttempt(state: EngineState, job: LiveJob): void {
  const { firstAttempt } = job;
  if (firstAttempt === null) return;
  state.firstAttempts.delete(job);
  job.firstAttempt = null;
  introduce(state, job);
  if (state.jobs.has(job.jobId)) jobChanged(state, job);
  const mark = state.journal.turnMark;
  state.journal.afterTurn(() => firstAttempt(job.jobId, mark));
}
