/**
 * First come, first served: jobs start in fair order, those of one host in order of creation, and none
 * while the first has no room. Only for one that waits for boards of its own host nobody else waits.
 */
import { leaderOf, type QueuePolicy, type QueueView } from "./queue-policy.js";
import type { WaitingJob } from "./waiting-job.js";

export class FifoPolicy implements QueuePolicy {
  readonly overtaking = false;

  candidates<Job extends WaitingJob>(
    queue: QueueView<Job>,
    limit: number,
    mayOffer: (job: Job) => boolean,
  ): Job[] {
    const passed = new Set<string>();
    const first = leaderOf(queue, (job) => queue.hasNoRoomFor(job), passed);
    if (first === undefined || queue.hasNoRoomFor(first)) return [];
    const found: Job[] = [];
    for (const job of queue.considered) {
      if (passed.has(job.creatorHost)) continue;
      if (found.length === limit || !mayOffer(job)) break;
      found.push(job);
    }
    return found;
  }

  mustWait<Job extends WaitingJob>(queue: QueueView<Job>, job: Job): boolean {
    return queue.hasNoRoomFor(this.decidedBy(queue, job)) || !queue.isConsidered(job);
  }

  decidedBy<Job extends WaitingJob>(queue: QueueView<Job>, job: Job): Job {
    const passed = new Set<string>();
    const first = leaderOf(queue, (other) => queue.hasNoRoomFor(other), passed);
    if (passed.has(job.creatorHost)) return queue.shares.of(job)!.first;
    return first ?? job;
  }

  largestWaiting(): number {
    return 0;
  }
}
