/**
 * The jobs that wait for one machine, in order of creation, and what is known of them.
 *
 *   unknown   a job whose possibility was never asked of this machine as it is now
 *   unfit     jobs that ask this were searched for and do not fit, and nothing that could help them
 *             has happened since: searching again would be for nothing
 *   offered   a batch with these jobs is under way; its results will say
 *   refused   the machine will not take the job as things stand: it is unfit, or not in turn
 */
import {
  bySize,
  isInTurn,
  MOST_CONSIDERED,
  type QueueRules,
  RecentWaits,
  type WaitingJob,
} from "./queue-policy.js";

export class MachineQueue<Job extends WaitingJob> {
  private readonly jobs: Job[] = [];
  private readonly unasked = new Set<Job>();
  /** Whether the empty machine could hold a request, by the request's key. */
  private possible = new Map<string, boolean>();
  /** Counts what could let a job in: boards coming free, repairs, jobs leaving. */
  private changes = 0;
  /** Keys of requests that did not fit since. */
  private unfit = new Set<string>();
  private offered: ReadonlySet<Job> = new Set();
  private readonly waits = new RecentWaits();

  searching = false;

  get waiting(): readonly Job[] {
    return this.jobs;
  }

  /** Adds a job at its place in order of creation; a job placed again comes before younger ones. */
  add(job: Job): void {
    let at = this.jobs.length;
    while (at > 0 && this.jobs[at - 1]!.jobId > job.jobId) at--;
    this.jobs.splice(at, 0, job);
    this.unasked.add(job);
  }

  remove(job: Job): void {
    const at = this.jobs[0] === job ? 0 : this.jobs.indexOf(job);
    if (at >= 0) this.jobs.splice(at, 1);
    this.unasked.delete(job);
  }

  /** The machine took a job that had waited so long for the first time. */
  started(waitedMs: number): void {
    this.waits.started(waitedMs);
  }

  /** Something happened that may let a job in. */
  roomChanged(): void {
    this.changes += 1;
    this.unfit = new Set();
  }

  /** Dead boards or links changed: what is possible has to be asked again, too. */
  topologyChanged(): void {
    this.possible = new Map();
    for (const job of this.jobs) this.unasked.add(job);
    this.roomChanged();
  }

  get version(): number {
    return this.changes;
  }

  /** Jobs to offer now, in the order to place them in, at most `limit`. */
  candidates(rules: QueueRules, limit: number, mayOffer: (job: Job) => boolean): Job[] {
    const head = this.jobs[0];
    if (rules.policy === "fifo") {
      if (head === undefined || this.unfit.has(head.requestKey)) return [];
      const end = this.jobs.findIndex((job, at) => at === limit || !mayOffer(job));
      return this.jobs.slice(0, end < 0 ? undefined : end);
    }
    const windowMs = this.waits.windowMs(rules);
    return this.jobs
      .slice(0, MOST_CONSIDERED)
      .filter(
        (job) =>
          !this.unfit.has(job.requestKey) && isInTurn(job, this.jobs, windowMs) && mayOffer(job),
      )
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
    this.searching = false;
  }

  /** A job did not fit when the machine was at that version. */
  didNotFit(job: Job, { policy }: QueueRules, version: number): void {
    if (version !== this.changes) return;
    // First come, first served, those behind the first that does not fit were not searched for.
    if (policy === "overtake" || job === this.jobs[0]) this.unfit.add(job.requestKey);
  }

  /** Whether the machine, which could hold the job, will not take it as things stand. */
  refuses(job: Job, rules: QueueRules): boolean {
    if (this.offered.has(job)) return false;
    if (rules.policy === "fifo") return this.unfit.has(this.jobs[0]!.requestKey);
    if (this.unfit.has(job.requestKey)) return true;
    return !isInTurn(job, this.jobs, this.waits.windowMs(rules));
  }

  learn(job: Job, possible: boolean): void {
    this.possible.set(job.requestKey, possible);
  }

  /** Whether the empty machine could hold the job; undefined when that was never asked. */
  knows(job: Job): boolean | undefined {
    return this.possible.get(job.requestKey);
  }

  /** Jobs of which it is not known whether the machine could hold them, at most `limit`. */
  unknown(limit: number): Job[] {
    const found: Job[] = [];
    for (const job of this.unasked) {
      if (this.knows(job) !== undefined) this.unasked.delete(job);
      else if (found.push(job) === limit) break;
    }
    return found;
  }
}
