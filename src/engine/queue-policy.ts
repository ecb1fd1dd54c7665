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
 * The window is {@link WAITS_IN_WINDOW} times as long as the jobs of this machine have lately waited,
 * and never longer than the operator allows: to be overtaken for an hour is much where jobs wait for
 * minutes, and little where they wait for half a day.
 */
import type { PlacementRequest } from "../allocation/types.js";
import { BOARDS_PER_TRIAD } from "../geometry/index.js";

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

/** Measured on the traces: more packs better, and the longest wait grows (docs/placement.md). */
const WAITS_IN_WINDOW = 1.4;
/** Where nobody waits for long, the window is this share of the longest. */
const LEAST_SHARE = 1 / 30;
/** Jobs over which the wait is averaged. */
const JOBS_REMEMBERED = 500;
/** Work at the end of a turn is bounded: of a longer queue only the oldest are looked at. */
export const MOST_CONSIDERED = 1000;

/** How long jobs have lately waited for a machine. */
export class RecentWaits {
  private jobs = 0;
  private mean = 0;

  started(waitedMs: number): void {
    this.jobs = Math.min(this.jobs + 1, JOBS_REMEMBERED);
    this.mean += (waitedMs - this.mean) / this.jobs;
  }

  /** How much younger than the oldest one a job may be that overtakes it. */
  windowMs({ maxOvertakenMs }: QueueRules): number {
    const window = Math.max(WAITS_IN_WINDOW * this.mean, LEAST_SHARE * maxOvertakenMs);
    return Math.min(window, maxOvertakenMs);
  }
}

/** Whether a job of a queue, which is in order of creation, may be offered as far as others go. */
export function isInTurn(job: WaitingJob, queue: readonly WaitingJob[], windowMs: number): boolean {
  const last = queue[MOST_CONSIDERED - 1];
  if (last !== undefined && job.jobId > last.jobId) return false;
  return job.createdMs <= queue[0]!.createdMs + windowMs;
}

/** Larger jobs first, older first among equals: what is hard to place is placed while there is room. */
export function bySize(a: WaitingJob, b: WaitingJob): number {
  return boardsAsked(b.request) - boardsAsked(a.request) || a.jobId - b.jobId;
}

function boardsAsked({ size }: PlacementRequest): number {
  if (size.kind === "boards") return size.boards;
  return size.kind === "board" ? 1 : size.width * size.height * BOARDS_PER_TRIAD;
}
