/**
 * The jobs that wait for one machine, in order of creation, and what is known of them.
 *
 *   unknown   a job whose possibility was never asked of this machine as it is now
 *   blocked   the job at the head was searched for and does not fit, and nothing that could help it
 *             has happened since: searching again would be for nothing
 *   searching a batch is under way; its results will say
 *
 * First come, first served: when the head is blocked, all behind it wait.
 */
import type { LiveJob } from "./job.js";

export class MachineQueue {
  private readonly jobs: LiveJob[] = [];
  private readonly unasked = new Set<LiveJob>();
  /** Whether the empty machine could hold a request, by the request's key. */
  private possible = new Map<string, boolean>();
  /** Counts what could let a blocked job in: boards coming free, repairs, jobs leaving. */
  private changes = 0;
  private blockedJob: LiveJob | null = null;
  private blockedAt = -1;

  searching = false;

  get waiting(): readonly LiveJob[] {
    return this.jobs;
  }

  /** Adds a job at its place in order of creation; a job placed again comes before younger ones. */
  add(job: LiveJob): void {
    let at = this.jobs.length;
    while (at > 0 && this.jobs[at - 1]!.jobId > job.jobId) at--;
    this.jobs.splice(at, 0, job);
    this.unasked.add(job);
  }

  remove(job: LiveJob): void {
    const at = this.jobs[0] === job ? 0 : this.jobs.indexOf(job);
    if (at >= 0) this.jobs.splice(at, 1);
    this.unasked.delete(job);
  }

  /** Something happened that may let a job in. */
  roomChanged(): void {
    this.changes += 1;
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

  /** The head did not fit when the machine was at that version. */
  blocked(job: LiveJob, version: number): void {
    this.blockedJob = job;
    this.blockedAt = version;
  }

  get isBlocked(): boolean {
    const head = this.jobs[0];
    return head !== undefined && head === this.blockedJob && this.blockedAt === this.changes;
  }

  learn(job: LiveJob, possible: boolean): void {
    this.possible.set(job.requestKey, possible);
  }

  /** Whether the empty machine could hold the job; undefined when that was never asked. */
  knows(job: LiveJob): boolean | undefined {
    return this.possible.get(job.requestKey);
  }

  /** Jobs of which it is not known whether the machine could hold them, at most `limit`. */
  unknown(limit: number): LiveJob[] {
    const found: LiveJob[] = [];
    for (const job of this.unasked) {
      if (this.knows(job) !== undefined) this.unasked.delete(job);
      else if (found.push(job) === limit) break;
    }
    return found;
  }
}
