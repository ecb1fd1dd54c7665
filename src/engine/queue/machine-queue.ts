/**
 * The jobs that wait for one machine, in order of creation, and what is known of them.
 *
 *   held             its admission does not let it start (admission.ts)
 *   needs withheld   not even the empty machine could hold it without its withheld boards
 *                    (feasibility.ts)
 *   runnable         neither: the jobs that the queue policy decides about (queue-policy.ts)
 *   offered          a batch with this job is under way, and its result will say
 *   declined         the machine will not take the job as things stand, so that the next one may
 *
 * Nobody waits behind a job that is not runnable; it keeps its place by age.
 */
import type { Size } from "../../domain/board.js";
import { rowsOpenTo } from "../../placement/reserved-rows.js";
import { type Admission, admitAll, type HoldReason } from "./admission.js";
import { FailedSearches } from "./failed-searches.js";
import { Feasibilities, type Feasibility } from "./feasibility.js";
import { HeldJobs } from "./held-jobs.js";
import { insertJob, removeJob } from "./order-of-creation.js";
import type { QueuePolicy, QueueView } from "./queue-policy.js";
import { RecentWaits } from "./recent-waits.js";
import type { WaitingJob } from "./waiting-job.js";

export class MachineQueue<Job extends WaitingJob> implements QueueView<Job> {
  private readonly jobs: Job[] = [];
  private readonly feasibilities = new Feasibilities<Job>(this.jobs);
  private readonly held: HeldJobs<Job>;
  /** See {@link runnable}; null when it is to be made anew. */
  private runnableJobs: Job[] | null = null;
  private readonly failed = new FailedSearches();
  /** See {@link largestWaiting}; null when it is to be found anew. */
  private largest: number | null = null;
  private offered: ReadonlySet<Job> = new Set();
  readonly recentWaits = new RecentWaits();

  /** Whether a batch is under way. */
  searching = false;

  constructor(
    readonly machine: Size,
    private policy: QueuePolicy,
    admission: Admission = admitAll,
  ) {
    this.held = new HeldJobs(admission, this.jobs);
  }

  /** Every job of the queue. */
  get waiting(): readonly Job[] {
    return this.jobs;
  }

  get runnable(): readonly Job[] {
    if (this.held.isEmpty && !this.feasibilities.someNeedWithheld) return this.jobs;
    this.runnableJobs ??= this.jobs.filter((job) => this.isRunnable(job));
    return this.runnableJobs;
  }

  /** Whether a batch goes on to the jobs behind one that does not fit. */
  get overtaking(): boolean {
    return this.policy.overtaking;
  }

  setPolicy(policy: QueuePolicy): void {
    this.policy = policy;
    this.largest = null;
  }

  /** Adds a job at its place in order of creation; one placed again comes before younger ones. */
  add(job: Job): void {
    insertJob(this.jobs, job);
    this.feasibilities.added(job);
    this.held.added(job);
    if (this.runnableJobs !== null && this.isRunnable(job)) insertJob(this.runnableJobs, job);
    this.largest = null;
  }

  remove(job: Job): void {
    removeJob(this.jobs, job);
    this.feasibilities.removed(job);
    this.held.removed(job);
    if (this.runnableJobs !== null) removeJob(this.runnableJobs, job);
    this.largest = null;
  }

  /** Lets go, and holds, whom the admission says, if its answers have changed. */
  renewAdmissions(): void {
    if (!this.held.renew()) return;
    this.runnableJobs = null;
    // A search under way may have stopped at a job that is held now, before it came to the others.
    this.roomChanged();
  }

  /** Why the job is held; undefined if it is not. */
  holdReasonOf(job: Job): HoldReason | undefined {
    return this.held.reasonOf(job);
  }

  /** The machine took a job for the first time, after it had waited this long. */
  started(waitedMs: number): void {
    this.recentWaits.started(waitedMs);
    this.largest = null;
  }

  /** There may be more room: boards came free or back, or a job left. */
  roomChanged(): void {
    this.failed.roomChanged();
    this.largest = null;
  }

  /** Boards or links died, were withheld, or came back: feasibilities are to be found anew, too. */
  topologyChanged(): void {
    this.feasibilities.forgetAll();
    this.runnableJobs = null;
    this.failed.forgetStale();
    this.roomChanged();
  }

  /** Of the machine as it is now; another one as soon as there may be more room. */
  get version(): number {
    return this.failed.version;
  }

  /** Jobs to search for now, in the order in which to place them, at most `limit`. */
  candidates(limit: number, mayOffer: (job: Job) => boolean): Job[] {
    return this.policy.candidates(this, limit, mayOffer);
  }

  /** A batch with these jobs is under way. */
  searchBegan(jobs: Iterable<Job>): void {
    this.offered = new Set(jobs);
    this.searching = true;
  }

  /** The batch is over; its results are taken in next. */
  searchEnded(): void {
    this.offered = new Set();
    this.failed.forgetStale();
    this.searching = false;
  }

  /** A job did not fit into so many rows of the machine as it was at that version. */
  didNotFit(job: Job, version: number, rows: number): void {
    // A batch without overtaking does not search for those behind the first that does not fit.
    if (this.policy.decidedBy(this, job) !== job) return;
    if (this.failed.add(job.requestKey, version, rows)) this.largest = null;
  }

  rowsSearched({ requestKey }: Job): number {
    return this.failed.rowsSearched(requestKey);
  }

  hasNoRoomFor(job: Job): boolean {
    const rows = this.failed.rowsSearched(job.requestKey);
    return rows > 0 && rows >= rowsOpenTo(job.request, this.largestWaiting(), this.machine);
  }

  /** Triads that the largest job asks for that rows are reserved for; 0 when none are. */
  largestWaiting(): number {
    if (!this.failed.hasCurrent) return 0;
    this.largest ??= this.policy.largestWaiting(this);
    return this.largest;
  }

  /** Whether the machine, which could hold the job, will not take it as things stand. */
  declines(job: Job): boolean {
    if (!this.isRunnable(job)) return true;
    if (this.failed.isStale(this.policy.decidedBy(this, job).requestKey)) return true;
    if (this.offered.has(job)) return false;
    return this.policy.mustWait(this, job);
  }

  setFeasibility(job: Job, feasibility: Feasibility): void {
    if (!this.feasibilities.learn(job, feasibility)) return;
    if (feasibility === "needsWithheld") this.runnableJobs = this.largest = null;
  }

  /** Whether the machine could hold the job; undefined when that is not known. */
  feasibilityOf(job: Job): Feasibility | undefined {
    return this.feasibilities.of(job);
  }

  /** Jobs whose feasibility is to be found out, at most `limit`. */
  ofUnknownFeasibility(limit: number): Job[] {
    return this.feasibilities.unknown(limit);
  }

  private isRunnable(job: Job): boolean {
    return !this.held.has(job) && !this.feasibilities.needsWithheld(job);
  }
}
