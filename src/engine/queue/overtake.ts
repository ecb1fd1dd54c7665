/**
 * Overtaking within a window: larger jobs first, older first among equals, out of those created no
 * more than the *window* after the oldest; nobody younger starts before the oldest has.
 *
 * So a job is overtaken only by jobs created within one window after it. They are finitely many, and
 * no more can come: once they have started, the machine runs empty until the job fits. Nothing here
 * is predicted, so no wrong prediction can make a job starve.
 *
 * The window follows what the jobs of this machine have recently waited, as their root mean square:
 * an hour is long where jobs wait for minutes and short where they wait for half a day, and where
 * waits differ widely anyway, a longer one is no hardship. It is shorter the more of the machine the
 * oldest asks for, because that job still waits long when the window is over. It is never longer than
 * the operator allows.
 *
 * While a large job that may start has no room, small ones leave rows free for it (reserved-rows.ts).
 * They are searched for again when it has started or left.
 */
import { triadsAsked } from "../../domain/request.js";
import type { QueuePolicy, QueueView } from "./queue-policy.js";
import type { WaitingJob } from "./waiting-job.js";

/** Measured on traces: more packs better, and the longest wait grows (docs/decisions/queue-policies.md). */
const WAITS_IN_WINDOW = 1.1;
/** By how much of itself the window is shorter for a job that asks for the whole machine. */
const LESS_FOR_WHOLE = 0.4;
/** Where nobody waits for long, the window is this share of the longest. */
const LEAST_SHARE = 1 / 30;
/** Of a longer queue only the oldest are looked at: the main thread has no more time in a turn. */
export const MOST_CONSIDERED = 1000;

export class OvertakePolicy implements QueuePolicy {
  readonly overtaking = true;

  /** @param maxOvertakenMs the longest window */
  constructor(private readonly maxOvertakenMs: number) {}

  candidates<Job extends WaitingJob>(
    queue: QueueView<Job>,
    limit: number,
    mayOffer: (job: Job) => boolean,
  ): Job[] {
    const jobs = queue.runnable;
    const windowMs = this.windowMs(queue);
    const found: Job[] = [];
    /** Keys of jobs that a better machine may still take; others like them wait for its answer. */
    const maybeElsewhere = new Set<string>();
    for (const job of jobs) {
      if (!isEligible(job, jobs, windowMs)) break;
      if (queue.hasNoRoomFor(job)) continue;
      if (!mayOffer(job)) maybeElsewhere.add(job.requestKey);
      if (!maybeElsewhere.has(job.requestKey)) found.push(job);
    }
    found.sort(bySize);
    if (found.length > limit) found.length = limit;
    return found;
  }

  mustWait(queue: QueueView<WaitingJob>, job: WaitingJob): boolean {
    return queue.hasNoRoomFor(job) || !isEligible(job, queue.runnable, this.windowMs(queue));
  }

  decidedBy<Job extends WaitingJob>(_queue: QueueView<Job>, job: Job): Job {
    return job;
  }

  largestWaiting(queue: QueueView<WaitingJob>): number {
    const jobs = queue.runnable;
    const windowMs = this.windowMs(queue);
    let triads = 0;
    for (const job of jobs) {
      if (!isEligible(job, jobs, windowMs)) break;
      if (queue.rowsSearched(job) !== queue.machine.height) continue;
      triads = Math.max(triads, triadsAsked(job.request));
    }
    return triads;
  }

  /** How much younger than the oldest job one may be that overtakes it. */
  private windowMs({ machine, runnable, recentWaits }: QueueView<WaitingJob>): number {
    const oldest = runnable[0];
    if (oldest === undefined) return 0;
    const share = triadsAsked(oldest.request) / (machine.width * machine.height);
    const waits = WAITS_IN_WINDOW * (1 - LESS_FOR_WHOLE * share);
    const windowMs = Math.max(
      waits * recentWaits.rootMeanSquareMs,
      LEAST_SHARE * this.maxOvertakenMs,
    );
    return Math.min(windowMs, this.maxOvertakenMs);
  }
}

/** Whether one of these jobs, which are in order of creation, may start as soon as it fits. */
function isEligible(job: WaitingJob, jobs: readonly WaitingJob[], windowMs: number): boolean {
  const last = jobs[MOST_CONSIDERED - 1];
  if (last !== undefined && job.jobId > last.jobId) return false;
  return job.createdMs <= jobs[0]!.createdMs + windowMs;
}

/** Larger jobs first, older first among equals: what is hard to place is placed while there is room. */
function bySize(a: WaitingJob, b: WaitingJob): number {
  return triadsAsked(b.request) - triadsAsked(a.request) || a.jobId - b.jobId;
}
