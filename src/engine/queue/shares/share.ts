/** What a host is given of the jobs that start on a machine. */
import type { WaitingJob } from "../waiting-job.js";
import type { OrderedSet } from "./ordered-set.js";

export interface Share<Job extends WaitingJob> {
  readonly host: string;
  /** Its jobs that may start, in order of creation. */
  readonly jobs: OrderedSet<Job>;
  /** The first of these. */
  first: Job;
  /** Triads. */
  given: number;
  /** Clock.elapsed() of when a job of it was started last. */
  startedMs: number;
}

/** Since when the first job of a share has been its first; Clock.elapsed(). */
export function firstSinceMs<Job extends WaitingJob>({ first, startedMs }: Share<Job>): number {
  return Math.max(first.createdMs, startedMs);
}

/** Who was given less comes first, and of several the one that has waited longest. */
export function comesBefore<Job extends WaitingJob>(a: Share<Job>, b: Share<Job>): boolean {
  if (a.given !== b.given) return a.given < b.given;
  const [sinceA, sinceB] = [firstSinceMs(a), firstSinceMs(b)];
  return sinceA !== sinceB ? sinceA < sinceB : a.first.jobId < b.first.jobId;
}
