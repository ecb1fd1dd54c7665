/** First come, first served: jobs start in order of creation, and none while the oldest has no room. */
import type { QueuePolicy, QueueView } from "./queue-policy.js";
import type { WaitingJob } from "./waiting-job.js";

export class FifoPolicy implements QueuePolicy {
  readonly overtaking = false;

  candidates<Job extends WaitingJob>(
    queue: QueueView<Job>,
    limit: number,
    mayOffer: (job: Job) => boolean,
  ): Job[] {
    const jobs = queue.runnable;
    const oldest = jobs[0];
    if (oldest === undefined || queue.hasNoRoomFor(oldest)) return [];
    const end = jobs.findIndex((job, at) => at === limit || !mayOffer(job));
    return jobs.slice(0, end < 0 ? undefined : end);
  }

  mustWait(queue: QueueView<WaitingJob>, job: WaitingJob): boolean {
    return queue.hasNoRoomFor(this.decidedBy(queue, job));
  }

  decidedBy<Job extends WaitingJob>(queue: QueueView<Job>, job: Job): Job {
    return queue.runnable[0] ?? job;
  }

  largestWaiting(): number {
    return 0;
  }
}
