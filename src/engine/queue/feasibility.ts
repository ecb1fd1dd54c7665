/**
 * Whether a machine could hold a request if nothing else ran on it, as far as that is known.
 *
 *   possible        as the machine is now
 *   needsWithheld   only with its quarantined boards, and those behind silent BMPs, back
 *   impossible      not even then
 *
 * What is known holds until boards or links die, are withheld, or come back.
 */
import type { WaitingJob } from "./waiting-job.js";

export type Feasibility = "possible" | "needsWithheld" | "impossible";

/** Clients choose what to ask for, so no more than this, and two for each waiting job, are kept. */
const MOST_KEPT = 10_000;

export class Feasibilities<Job extends WaitingJob> {
  private byRequest = new Map<string, Feasibility>();
  /** Waiting jobs whose feasibility may be unknown; null for all of them. */
  private toCheck: Set<Job> | null = new Set();
  private needsWithheldKnown = false;

  /** @param waiting the jobs of the queue; what others add to it or remove, they tell here */
  constructor(private readonly waiting: readonly Job[]) {}

  added(job: Job): void {
    this.toCheck?.add(job);
  }

  removed(job: Job): void {
    this.toCheck?.delete(job);
  }

  /** Undefined when it is not known. */
  of({ requestKey }: Job): Feasibility | undefined {
    return this.byRequest.get(requestKey);
  }

  /** False when no request is known to need withheld boards, so that nobody has to look. */
  get someNeedWithheld(): boolean {
    return this.needsWithheldKnown;
  }

  /** Whether the job is known to need withheld boards. */
  needsWithheld(job: Job): boolean {
    return this.needsWithheldKnown && this.of(job) === "needsWithheld";
  }

  /** Notes the feasibility of a job, and of all that ask the same; false if that was known. */
  learn(job: Job, feasibility: Feasibility): boolean {
    if (this.of(job) === feasibility) return false;
    this.byRequest.set(job.requestKey, feasibility);
    if (feasibility === "needsWithheld") this.needsWithheldKnown = true;
    if (this.byRequest.size > MOST_KEPT + 2 * this.waiting.length) this.forgetAllButWaiting();
    return true;
  }

  /** Boards or links died, were withheld, or came back: nothing is known any more. */
  forgetAll(): void {
    this.byRequest = new Map();
    this.toCheck = null;
    this.needsWithheldKnown = false;
  }

  /**
   * Waiting jobs of unknown feasibility, and impossible ones, which are still to be removed; at most
   * `limit`.
   */
  unknown(limit: number): Job[] {
    const found: Job[] = [];
    this.toCheck ??= new Set(this.waiting);
    for (const job of this.toCheck) {
      const feasibility = this.of(job);
      if (feasibility === "possible" || feasibility === "needsWithheld") this.toCheck.delete(job);
      else if (found.push(job) === limit) break;
    }
    return found;
  }

  private forgetAllButWaiting(): void {
    const kept = new Map<string, Feasibility>();
    for (const job of this.waiting) {
      const feasibility = this.of(job);
      if (feasibility !== undefined) kept.set(job.requestKey, feasibility);
    }
    this.byRequest = kept;
  }
}
