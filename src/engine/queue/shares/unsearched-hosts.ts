/**
 * Whose jobs are searched for first when there is no time for all of them. A batch that runs out of time
 * has placed the first of its jobs; those of hosts that it did not come to are the first of the next
 * one, and when it did not come to any of the feasibilities that it was to find out, the next one finds
 * out nothing else. So however long the questions of one host take, the others are waited for no
 * longer than for one of each.
 */
import type { WaitingJob } from "../waiting-job.js";

export interface SearchedBatch<Job> {
  /** Jobs that there was time to search for. */
  readonly placed: readonly Job[];
  /** Jobs of which there was time to find out the feasibility. */
  readonly checked: readonly Job[];
  /** Whether some of either were left. */
  readonly jobsLeft: boolean;
  readonly checksLeft: boolean;
}

export class UnsearchedHosts<Job extends WaitingJob> {
  /** Hosts that were searched for since there last was time for everybody. */
  private readonly searched = new Set<string>();
  /** Whether the next batch is to find out feasibilities, and places nobody. */
  isForChecks = false;

  ended({ placed, checked, jobsLeft, checksLeft }: SearchedBatch<Job>): void {
    this.isForChecks = checksLeft && checked.length === 0;
    if (jobsLeft) for (const { creatorHost } of placed) this.searched.add(creatorHost);
    else if (placed.length > 0) this.searched.clear();
  }

  /** The same jobs, first those of hosts that have not been searched for. */
  first(jobs: Job[]): Job[] {
    if (this.searched.size === 0) return jobs;
    const before = jobs.filter(({ creatorHost }) => !this.searched.has(creatorHost));
    if (before.length === 0) this.searched.clear();
    if (before.length === 0 || before.length === jobs.length) return jobs;
    return [...before, ...jobs.filter(({ creatorHost }) => this.searched.has(creatorHost))];
  }
}
