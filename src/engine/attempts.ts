/** The first attempt to place a job: its creator waits for the end of it. */
import { type Facility, jobChanged } from "./facility.js";
import type { LiveJob } from "./job.js";

/** From here on the job, if it still lives, is known to everybody; its creator is told its id. */
export function announce(facility: Facility, job: LiveJob): void {
  const { firstAttempt } = job;
  if (firstAttempt === null) return;
  facility.attempting.delete(job);
  job.firstAttempt = null;
  if (facility.jobs.has(job.jobId)) jobChanged(facility, job);
  firstAttempt(job.jobId, facility.journal.turnMark);
}
