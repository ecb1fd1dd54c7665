/**
 * The jobs that wait for one machine, and what is known of them.
 *
 *   held             its admission does not let it start (admission.ts)
 *   needs withheld   not even the empty machine could hold it without its withheld boards
 *                    (feasibility.ts)
 *   runnable         neither: the jobs that the queue policy decides about (queue-policy.ts), in the
 *                    shares of their hosts (shares/shares.ts)
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
import type { QueuePolicy, QueueView } from "./queue-policy.js";
import { RecentWaits } from "./recent-waits.js";
import { Shares } from "./shares/shares.js";
import { type SearchedBatch, UnsearchedHosts } from "./shares/unsearched-hosts.js";
import type { WaitingJob } from "./waiting-job.js";

/** Of a longer queue only the first are looked at: the main thread has no more time in a turn. */
export const MOST_CONSIDERED = 1000;

export class MachineQueue<Job extends WaitingJob> implements QueueView<Job> {
  private readonly jobs = new Set<Job>();
  private readonly feasibilities = new Feasibilities<Job>();
  private readonly held: HeldJobs<Job>;
  /** Jobs that are not runnable. The others are in shares. */
  private readonly aside = new Set<Job>();
  readonly shares: Shares<Job>;
  /** See {@link considered}; null when they are to be found anew. */
  private firstJobs: readonly Job[] | null = null;
  /** The same as a set; null when it is to be made. */
  private firstJobsSet: ReadonlySet<Job> | null = null;
  private readonly failed = new FailedSearches();
  /** See {@link largestWaiting}; null when it is to be found anew. */
  private largest: number | null = null;
  private offered: ReadonlySet<Job> = new Set();
  private readonly unsearched = new UnsearchedHosts<Job>();
  readonly recentWaits = new RecentWaits();

  /** Whether a batch is under way. */
  searching = false;
  /** Whether jobs are still to come that are older than some of the queue: nobody starts before that. */
  filling = false;

  constructor(
    readonly machine: Size,
    private policy: QueuePolicy,
    admission: Admission = admitAll,
  ) {
    this.held = new HeldJobs(admission, this.jobs);
    this.shares = new Shares(machine);
  }

  /** Every job of the queue, in no particular order. */
  get waiting(): ReadonlySet<Job> {
    return this.jobs;
  }

  get considered(): readonly Job[] {
    this.firstJobs ??= this.shares.inOrder(MOST_CONSIDERED);
    return this.firstJobs;
  }

  isConsidered(job: Job): boolean {
    const { considered } = this;
    if (considered.length < MOST_CONSIDERED) return true;
    this.firstJobsSet ??= new Set(considered);
    return this.firstJobsSet.has(job);
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
    this.jobs.add(job);
    this.feasibilities.added(job);
    this.held.added(job);
    if (this.isRunnable(job)) this.shares.add(job);
    else this.aside.add(job);
    this.orderChanged();
  }

  remove(job: Job): void {
    if (!this.jobs.delete(job)) return;
    this.feasibilities.removed(job);
    this.held.removed(job);
    if (!this.aside.delete(job)) this.shares.remove(job);
    this.orderChanged();
  }

  /** Lets go, and holds, whom the admission says, if its answers have changed. */
  renewAdmissions(): void {
    if (!this.held.renew()) return;
    this.sortOut(this.jobs);
    // A search under way may have stopped at a job that is held now, before it came to the others.
    this.roomChanged();
  }

  /** Why the job is held; undefined if it is not. */
  holdReasonOf(job: Job): HoldReason | undefined {
    return this.held.reasonOf(job);
  }

  /** The machine took a job for the first time; it has left the queue. */
  started(job: Job, nowMs: number): void {
    this.recentWaits.started(nowMs - job.createdMs);
    this.shares.started(job, nowMs);
    this.orderChanged();
  }

  /** There may be more room: boards came free or back, or a job left. */
  roomChanged(): void {
    this.failed.roomChanged();
    this.largest = null;
  }

  /** Boards or links died, were withheld, or came back: feasibilities are to be found anew, too. */
  topologyChanged(): void {
    this.feasibilities.forgetAll();
    this.sortOut(this.aside);
    this.failed.forgetStale();
    this.roomChanged();
  }

  /** Of the machine as it is now; another one as soon as there may be more room. */
  get version(): number {
    return this.failed.version;
  }

  /** Jobs to search for now, in the order in which to place them, at most `limit`. */
  candidates(limit: number, mayOffer: (job: Job) => boolean): Job[] {
    const jobs = this.policy.candidates(this, limit, mayOffer);
    return this.policy.overtaking ? this.unsearched.first(jobs) : jobs;
  }

  /** Whether the next batch, if there are any to find out, is to find out feasibilities only. */
  get owesChecks(): boolean {
    return this.unsearched.isForChecks;
  }

  /** A batch with these jobs is under way. */
  searchBegan(jobs: Iterable<Job>): void {
    this.offered = new Set(jobs);
    this.searching = true;
  }

  /** The batch is over; its results are taken in next. @param batch what of it there was time for */
  searchEnded(batch?: SearchedBatch<Job>): void {
    this.offered = new Set();
    this.failed.forgetStale();
    this.searching = false;
    if (batch === undefined) return;
    this.unsearched.ended(batch);
    this.feasibilities.searched(batch.checked);
  }

  /** A job did not fit into so many rows, 0 if it was not searched for, of the machine at that version. */
  didNotFit(job: Job, version: number, rows: number): void {
    // A batch without overtaking does not search for those behind the first that does not fit.
    if (rows === 0 || this.policy.decidedBy(this, job) !== job) return;
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
    if (this.filling || !this.isRunnable(job)) return true;
    if (this.failed.isStale(this.policy.decidedBy(this, job).requestKey)) return true;
    if (this.offered.has(job)) return false;
    return this.policy.mustWait(this, job);
  }

  /** What keeps a waiting job from starting. */
  whyWaiting(job: Job): "held" | "needsWithheldBoards" | "noRoom" | "notEligible" {
    if (this.held.has(job)) return "held";
    if (this.feasibilities.needsWithheld(job)) return "needsWithheldBoards";
    return this.hasNoRoomFor(job) || this.failed.isStale(job.requestKey) ? "noRoom" : "notEligible";
  }

  setFeasibility(job: Job, feasibility: Feasibility): void {
    const isOut = this.feasibilities.needsWithheld(job);
    if (!this.feasibilities.learn(job, feasibility)) return;
    if (isOut || feasibility === "needsWithheld") this.sortOut(this.feasibilities.alike(job));
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

  /** Has jobs of the queue in shares or not, as they are now. */
  private sortOut(jobs: Iterable<Job>): void {
    for (const job of jobs) {
      if (this.isRunnable(job)) {
        if (this.aside.delete(job)) this.shares.add(job);
      } else if (!this.aside.has(job)) {
        this.shares.remove(job);
        this.aside.add(job);
      }
    }
    this.orderChanged();
  }

  private orderChanged(): void {
    this.firstJobs = this.firstJobsSet = null;
    this.largest = null;
  }
}
