/**
 * Lists of jobs in order of creation. A queue may hold 100,000 jobs, and a reload takes out and puts
 * back every one, so places are found by halving.
 */
import type { WaitingJob } from "./waiting-job.js";

/** Puts a job into a list that does not hold it. */
export function insertJob<Job extends WaitingJob>(jobs: Job[], job: Job): void {
  const youngest = jobs.at(-1);
  if (youngest === undefined || youngest.jobId < job.jobId) jobs.push(job);
  else jobs.splice(placeOf(jobs, job), 0, job);
}

/** Takes a job out of a list, if it is there. */
export function removeJob<Job extends WaitingJob>(jobs: Job[], job: Job): void {
  const at = placeOf(jobs, job);
  if (jobs[at] === job) jobs.splice(at, 1);
}

/** How many jobs of the list are older. */
function placeOf(jobs: readonly WaitingJob[], { jobId }: WaitingJob): number {
  let from = 0;
  let to = jobs.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (jobs[middle]!.jobId < jobId) from = middle + 1;
    else to = middle;
  }
  return from;
}
