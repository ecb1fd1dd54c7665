/** The first attempt to place a job: its creator waits for the end of it. */
import { type EngineState, jobChanged } from "../state/engine-state.js";
import type { LiveJob } from "../state/live-job.js";

/**
 * From here on the job, if it still lives, is known to everybody. Its creator is told its id when
 * the turn is over: on being told, it may well ask for another job, or the end of this one.
 */
export function finishFirstAttempt(state: EngineState, job: LiveJob): void {
  const { firstAttempt } = job;
  if (firstAttempt === null) return;
  state.firstAttempts.delete(job);
  job.firstAttempt = null;
  if (state.jobs.has(job.jobId)) jobChanged(state, job);
  const mark = state.journal.turnMark;
  state.journal.afterTurn(() => firstAttempt(job.jobId, mark));
}
