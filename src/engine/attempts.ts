/** The first attempt to place a job: its creator waits for the end of it. */
import { type Facility, jobChanged } from "./facility.js";
import type { LiveJob } from "./job.js";

/**
 * From here on the job, if it still lives, is known to everybody. Its creator is told its id when
 * the turn is over: on being told, it may well ask for another job, or the end of this one.
 */
export function announce(facility: Facility, job: LiveJob): void {
  const { firstAttempt } = job;
  if (firstAttempt === null) return;
  facility.attempting.delete(job);
  job.firstAttempt = null;
  if (facility.jobs.has(job.jobId)) jobChanged(facility, job);
  const mark = facility.journal.turnMark;
  facility.journal.afterTurn(() => firstAttempt(job.jobId, mark));
}
