/**
 * The jobs that wait for one machine, in order of creation, and what is known of them.
 *
 *   unknown   a job whose possibility was never asked of this machine as it is now
 *   lacking   a job that waits for quarantined boards: without them not even the empty machine could
 *             hold it. It keeps its place in the queue, and nobody waits behind it
 *   unfit     jobs that ask this were searched for and do not fit, and nothing that could help them
 *             has happened since: searching again would be for nothing
 *   offered   a batch with these jobs is under way; its results will say
 *   refused   the machine will not take the job as things stand: it is lacking, unfit or not in turn,
 *             or it did not fit a moment ago, and others need not wait for the search made since
 *
 * Where jobs may overtake, to small ones only the low rows are open while a large one that has a turn
 * is unfit (low-rows.ts); they are searched for again when that one leaves.
 */
import type { Size } from "../../domain/board.js";
import { triadsAsked } from "../../domain/request.js";
import { rowsOpenTo } from "../../placement/reserved-rows.js";
import {
  bySize,
  isEligible,
  MOST_CONSIDERED,
  type QueueRules,
  RecentWaits,
  type WaitingJob,
} from "./policy.js";

/**
 * Whether a machine could hold a request when empty: as it is, only with its quarantined boards back,
 * or not at all.
 */
export type Feasibility = "possible" | "needsWithheld" | "impossible";

/** So many verdicts, and as many again as jobs wait, are kept; clients choose what to ask for. */
const FEASIBILITIES_KEPT = 10_000;

export class MachineQueue<Job extends WaitingJob> {
  private readonly jobs: Job[] = [];
  /** Jobs whose request may have no verdict; null for all. */
  private unasked: Set<Job> | null = new Set();
  /** By the request's key. */
  private feasibilities = new Map<string, Feasibility>();
  private anyNeedsWithheld = false;
  /** Of the jobs those that are not lacking; null when it is to be made anew. */
  private inOrder: readonly Job[] | null = null;
  /** Counts what could let a job in: boards coming free, repairs, jobs leaving. */
  private changes = 0;
  /** By keys of requests that did not fit since, how many rows were open to them. */
  private unfit = new Map<string, number>();
  /** See {@link largestUnfit}; null when it is to be found anew. */
  private largest: { readonly rules: QueueRules; readonly triads: number } | null = null;
  /** Keys of requests that did not fit in the last search, while something changed. */
  private unfitBefore = new Set<string>();
  private offered: ReadonlySet<Job> = new Set();
  private readonly waits = new RecentWaits();

  searching = false;

  constructor(private readonly machine: Size) {}

  get waiting(): readonly Job[] {
    return this.jobs;
  }

  /** Adds a job at its place in order of creation; a job placed again comes before younger ones. */
  add(job: Job): void {
    let at = this.jobs.length;
    while (at > 0 && this.jobs[at - 1]!.jobId > job.jobId) at--;
    this.jobs.splice(at, 0, job);
    this.inOrder = this.largest = null;
    this.unasked?.add(job);
  }

  remove(job: Job): void {
    const at = this.jobs[0] === job ? 0 : this.jobs.indexOf(job);
    if (at >= 0) this.jobs.splice(at, 1);
    this.inOrder = this.largest = null;
    this.unasked?.delete(job);
  }

  /** All jobs leave: one by one, that takes seconds where many wait. */
  clear(): void {
    this.jobs.length = 0;
    this.inOrder = this.largest = null;
    this.unasked?.clear();
  }

  /** The machine took a job that had waited so long for the first time. */
  started(waitedMs: number): void {
    this.waits.started(waitedMs);
    this.largest = null;
  }

  /** Something happened that may let a job in. */
  roomChanged(): void {
    this.changes += 1;
    this.unfit = new Map();
    this.largest = null;
  }

  /** Dead or quarantined boards or dead links changed: what is possible has to be asked again, too. */
  topologyChanged(): void {
    this.feasibilities = new Map();
    this.anyNeedsWithheld = false;
    this.inOrder = null;
    this.unasked = null;
    this.unfitBefore = new Set();
    this.roomChanged();
  }

  get version(): number {
    return this.changes;
  }

  /** Jobs to offer now, in the order to place them in, at most `limit`. */
  candidates(rules: QueueRules, limit: number, mayOffer: (job: Job) => boolean): Job[] {
    const jobs = this.eligibleJobs();
    const head = jobs[0];
    if (rules.policy === "fifo") {
      if (head === undefined || this.unfit.has(head.requestKey)) return [];
      const end = jobs.findIndex((job, at) => at === limit || !mayOffer(job));
      return jobs.slice(0, end < 0 ? undefined : end);
    }
    const windowMs = this.windowMs(jobs, rules);
    const largest = this.largestUnfit(rules);
    /** Keys of jobs that a better machine may take yet: others like them wait their turn. */
    const heldBack = new Set<string>();
    return jobs
      .slice(0, MOST_CONSIDERED)
      .filter((job) => {
        const { requestKey } = job;
        if (this.isUnfit(job, largest) || !isEligible(job, jobs, windowMs)) return false;
        if (!mayOffer(job)) heldBack.add(requestKey);
        return !heldBack.has(requestKey);
      })
      .sort(bySize)
      .slice(0, limit);
  }

  /** A batch with these jobs is under way. */
  offer(jobs: Iterable<Job>): void {
    this.offered = new Set(jobs);
    this.searching = true;
  }

  /** The results of the batch are there. */
  answered(): void {
    this.offered = new Set();
    this.unfitBefore = new Set();
    this.searching = false;
  }

  /**
   * Triads that the largest job asks for that has a turn and is unfit, though all rows were open to
   * it; 0 when there is none, and where nobody overtakes.
   */
  largestUnfit(rules: QueueRules): number {
    if (rules.policy === "fifo" || this.unfit.size === 0) return 0;
    if (this.largest?.rules === rules) return this.largest.triads;
    const jobs = this.eligibleJobs();
    const windowMs = this.windowMs(jobs, rules);
    let triads = 0;
    for (const job of jobs) {
      if (!isEligible(job, jobs, windowMs)) break;
      if (this.unfit.get(job.requestKey) !== this.machine.height) continue;
      triads = Math.max(triads, triadsAsked(job.request));
    }
    this.largest = { rules, triads };
    return triads;
  }

  /** A job did not fit into so many rows when the machine was at that version. */
  didNotFit(job: Job, { policy }: QueueRules, version: number, rows: number): void {
    // First come, first served, those behind the first that does not fit were not searched for.
    if (policy === "fifo" && job !== this.eligibleJobs()[0]) return;
    if (version !== this.changes) {
      this.unfitBefore.add(job.requestKey);
      return;
    }
    this.unfit.set(job.requestKey, rows);
    this.largest = null;
  }

  /** Whether the machine, which could hold the job, will not take it as things stand. */
  declines(job: Job, rules: QueueRules): boolean {
    if (this.feasibilityOf(job) === "needsWithheld") return true;
    const jobs = this.eligibleJobs();
    const deciding = rules.policy === "fifo" ? jobs[0]! : job;
    // A machine that changes during each of its searches is not to keep a job from the others.
    if (this.unfitBefore.has(deciding.requestKey)) return true;
    if (this.offered.has(job)) return false;
    if (rules.policy === "fifo") return this.unfit.has(deciding.requestKey);
    if (this.isUnfit(job, this.largestUnfit(rules))) return true;
    return !isEligible(job, jobs, this.windowMs(jobs, rules));
  }

  setFeasibility(job: Job, verdict: Feasibility): void {
    if (this.feasibilityOf(job) === verdict) return;
    this.feasibilities.set(job.requestKey, verdict);
    if (this.feasibilities.size > FEASIBILITIES_KEPT + 2 * this.jobs.length)
      this.forgetFeasibilities();
    if (verdict !== "needsWithheld") return;
    this.anyNeedsWithheld = true;
    this.inOrder = this.largest = null;
  }

  /** Whether the machine could hold the job; undefined when that was not asked. */
  feasibilityOf(job: Job): Feasibility | undefined {
    return this.feasibilities.get(job.requestKey);
  }

  /**
   * Jobs of which it is not known whether the machine could hold them, and those that are still in
   * the queue of one that could not; at most `limit`.
   */
  unknown(limit: number): Job[] {
    const found: Job[] = [];
    this.unasked ??= new Set(this.jobs);
    for (const job of this.unasked) {
      const verdict = this.feasibilityOf(job);
      if (verdict === "possible" || verdict === "needsWithheld") this.unasked.delete(job);
      else if (found.push(job) === limit) break;
    }
    return found;
  }

  /** Keeps only the verdicts on what is waited for. */
  private forgetFeasibilities(): void {
    const kept = new Map<string, Feasibility>();
    for (const job of this.jobs) {
      const verdict = this.feasibilityOf(job);
      if (verdict !== undefined) kept.set(job.requestKey, verdict);
    }
    this.feasibilities = kept;
  }

  /** How much younger than the oldest of these jobs one may be that overtakes it. */
  private windowMs([oldest]: readonly Job[], rules: QueueRules): number {
    if (oldest === undefined) return 0;
    const { width, height } = this.machine;
    return this.waits.windowMs(rules, triadsAsked(oldest.request) / (width * height));
  }

  /** Whether the job was searched for in all the rows that are open to it, and did not fit. */
  private isUnfit({ request, requestKey }: Job, largest: number): boolean {
    const rows = this.unfit.get(requestKey);
    return rows !== undefined && rows >= rowsOpenTo(request, largest, this.machine);
  }

  /** The jobs that have a turn, in order of creation: those that are not lacking. */
  private eligibleJobs(): readonly Job[] {
    if (!this.anyNeedsWithheld) return this.jobs;
    this.inOrder ??= this.jobs.filter((job) => this.feasibilityOf(job) !== "needsWithheld");
    return this.inOrder;
  }
}
