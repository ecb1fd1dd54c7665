/**
 * In what order the jobs that wait for a machine are offered to it, and who may overtake whom.
 *
 *   fifo       in order of creation; nobody is offered while the oldest does not fit
 *   overtake   larger jobs first, older first among equals, out of those created no more than the
 *              *window* after the oldest that waits; nobody younger starts before that one does
 *
 * So a job is overtaken only by the jobs created within one window after it. These are finitely many
 * and not one more comes to them: when they have started, the machine runs empty until the job fits.
 * No prediction has a part in this, so none that is wrong can let a job starve.
 *
 * The window follows what the jobs of this machine have lately waited, as their root mean square: an
 * hour is much where jobs wait for minutes and little where they wait for half a day, and where waits
 * differ much anyway, a longer one is no hardship. It is the shorter the larger the share of the
 * machine that the oldest asks for, for that one waits long once the window is over. It is never
 * longer than the operator allows.
 */
import { type PlacementRequest, triadsAsked } from "../../domain/request.js";

export interface QueueRules {
  readonly policy: "fifo" | "overtake";
  /** Longest window, in milliseconds. */
  readonly maxOvertakenMs: number;
}

/** What the order depends on. Jobs with one key ask the same of a machine. */
export interface WaitingJob {
  readonly jobId: number;
  readonly request: PlacementRequest;
  readonly requestKey: string;
  /** Clock.elapsed() of its creation; before a restart of the server, less than 0. */
  readonly createdMs: number;
}

/** Measured on traces: more packs better, and the longest wait grows (docs/decisions/queue-policies.md). */
const WAITS_IN_WINDOW = 1.1;
/** By how much of itself the window is shorter for a job that asks for the whole machine. */
const LESS_FOR_WHOLE = 0.4;
/** Where nobody waits for long, the window is this share of the longest. */
const LEAST_SHARE = 1 / 30;
/** Jobs over which the wait is averaged. */
const JOBS_REMEMBERED = 500;
/** Work at the end of a turn is bounded: of a longer queue only the oldest are looked at. */
export const MOST_CONSIDERED = 1000;

/** How long jobs have lately waited for a machine. */
export class RecentWaits {
  private jobs = 0;
  private meanSquare = 0;

  started(waitedMs: number): void {
    this.jobs = Math.min(this.jobs + 1, JOBS_REMEMBERED);
    this.meanSquare += (waitedMs ** 2 - this.meanSquare) / this.jobs;
  }

  /**
   * How much younger than the oldest one a job may be that overtakes it.
   * @param share Of the machine's triads, those that the oldest asks for.
   */
  windowMs({ maxOvertakenMs }: QueueRules, share: number): number {
    const waits = WAITS_IN_WINDOW * (1 - LESS_FOR_WHOLE * share);
    const window = Math.max(waits * Math.sqrt(this.meanSquare), LEAST_SHARE * maxOvertakenMs);
    return Math.min(window, maxOvertakenMs);
  }
}

/** Whether a job of a queue, which is in order of creation, may be offered as far as others go. */
export function isEligible(
  job: WaitingJob,
  queue: readonly WaitingJob[],
  windowMs: number,
): boolean {
  const last = queue[MOST_CONSIDERED - 1];
  if (last !== undefined && job.jobId > last.jobId) return false;
  return job.createdMs <= queue[0]!.createdMs + windowMs;
}

/** Larger jobs first, older first among equals: what is hard to place is placed while there is room. */
export function bySize(a: WaitingJob, b: WaitingJob): number {
  return triadsAsked(b.request) - triadsAsked(a.request) || a.jobId - b.jobId;
}
