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
/** When nothing is known any more, so many jobs at a time are looked at. */
const MOST_LOOKED_AT = 1000;

/** What is known of a request. */
interface Known<Job> {
  feasibility: Feasibility | undefined;
  /** The machine as it was then; see `version`. */
  version: number;
  /** Jobs of the queue that ask it. */
  readonly jobs: Set<Job>;
}

export class Feasibilities<Job extends WaitingJob> {
  private readonly byRequest = new Map<string, Known<Job>>();
  private version = 0;
  private waiting = 0;
  /** Waiting jobs whose feasibility may be unknown, by host. */
  private readonly toCheck = new Map<string, Set<Job>>();
  /** Others, of before everything was forgotten. */
  private rest: Iterator<Job> | null = null;
  private needsWithheldKnown = false;

  added(job: Job): void {
    this.waiting += 1;
    this.knownOf(job).jobs.add(job);
    if (!this.isSettled(job)) this.check(job);
  }

  removed(job: Job): void {
    this.waiting -= 1;
    this.toCheck.get(job.creatorHost)?.delete(job);
    const jobs = this.byRequest.get(job.requestKey)?.jobs;
    jobs?.delete(job);
    if (jobs?.size === 0 && this.of(job) === undefined) this.byRequest.delete(job.requestKey);
  }

  /** Undefined when it is not known. */
  of({ requestKey }: Job): Feasibility | undefined {
    const known = this.byRequest.get(requestKey);
    return known?.version === this.version ? known.feasibility : undefined;
  }

  /** Whether the job is known to need withheld boards. */
  needsWithheld(job: Job): boolean {
    return this.needsWithheldKnown && this.of(job) === "needsWithheld";
  }

  /** Jobs of the queue that ask the same as one. */
  alike({ requestKey }: Job): Iterable<Job> {
    return this.byRequest.get(requestKey)?.jobs ?? [];
  }

  /** Notes the feasibility of a job, and of all that ask the same; false if that was known. */
  learn(job: Job, feasibility: Feasibility): boolean {
    if (this.of(job) === feasibility) return false;
    const known = this.knownOf(job);
    known.feasibility = feasibility;
    known.version = this.version;
    if (feasibility === "needsWithheld") this.needsWithheldKnown = true;
    if (this.byRequest.size > MOST_KEPT + 2 * this.waiting) this.forgetAllButWaiting();
    return true;
  }

  /** Boards or links died, were withheld, or came back: nothing is known any more. */
  forgetAll(): void {
    this.version += 1;
    this.toCheck.clear();
    this.rest = this.waitingUnknown();
    this.needsWithheldKnown = false;
  }

  /**
   * Waiting jobs of unknown feasibility, and impossible ones, which are still to be removed; at most
   * `limit`. Of several hosts each has as many, those first that were not searched for the longest.
   */
  unknown(limit: number): Job[] {
    this.lookAtRest();
    const { toCheck } = this;
    if (toCheck.size === 0) return [];
    const walks = [...toCheck.values()].map((jobs) => this.unknownOf(jobs));
    const found: Job[] = [];
    for (let left = walks; left.length > 0; ) {
      left = left.filter((walk) => {
        const next = walk.next();
        if (!next.done && found.length < limit) found.push(next.value);
        return !next.done && found.length < limit;
      });
    }
    for (const [host, jobs] of toCheck) if (jobs.size === 0) toCheck.delete(host);
    return found;
  }

  /** These were searched for: the next to be are those of other hosts. */
  searched(jobs: Iterable<Job>): void {
    for (const { creatorHost: host } of jobs) {
      const unknown = this.toCheck.get(host);
      if (unknown === undefined) continue;
      this.toCheck.delete(host);
      this.toCheck.set(host, unknown);
    }
  }

  private *unknownOf(jobs: Set<Job>): Generator<Job, undefined> {
    for (const job of jobs) {
      if (this.isSettled(job)) jobs.delete(job);
      else yield job;
    }
    return undefined;
  }

  private isSettled(job: Job): boolean {
    const feasibility = this.of(job);
    return feasibility === "possible" || feasibility === "needsWithheld";
  }

  private check(job: Job): void {
    const jobs = this.toCheck.get(job.creatorHost);
    if (jobs === undefined) this.toCheck.set(job.creatorHost, new Set([job]));
    else jobs.add(job);
  }

  private lookAtRest(): void {
    for (let n = 0; this.rest !== null && n < MOST_LOOKED_AT; n++) {
      const next = this.rest.next();
      if (next.done) this.rest = null;
      else this.check(next.value);
    }
  }

  private *waitingUnknown(): Generator<Job, void> {
    for (const { jobs } of this.byRequest.values()) {
      for (const job of jobs) {
        if (this.isSettled(job)) break;
        yield job;
      }
    }
  }

  private knownOf({ requestKey }: Job): Known<Job> {
    let known = this.byRequest.get(requestKey);
    if (known === undefined) {
      known = { feasibility: undefined, version: this.version, jobs: new Set() };
      this.byRequest.set(requestKey, known);
    }
    return known;
  }

  private forgetAllButWaiting(): void {
    for (const [key, { jobs }] of this.byRequest) if (jobs.size === 0) this.byRequest.delete(key);
  }
}
