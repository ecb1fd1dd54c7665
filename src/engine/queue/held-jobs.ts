/** The jobs of a queue that its admission holds, and why. */
import type { Admission, HoldReason } from "./admission.js";
import type { WaitingJob } from "./waiting-job.js";

export class HeldJobs<Job extends WaitingJob> {
  private readonly reasons = new Map<Job, HoldReason>();
  private version: number;

  /** @param waiting the jobs of the queue; what others add to it or remove, they tell here */
  constructor(
    private readonly admission: Admission,
    private readonly waiting: Iterable<Job>,
  ) {
    this.version = admission.version;
  }

  has(job: Job): boolean {
    return this.reasons.size > 0 && this.reasons.has(job);
  }

  /** Why the job is held; undefined if it is not. */
  reasonOf(job: Job): HoldReason | undefined {
    return this.reasons.get(job);
  }

  added(job: Job): void {
    const answer = this.admission.admits(job);
    if (answer !== true) this.reasons.set(job, answer);
  }

  removed(job: Job): void {
    this.reasons.delete(job);
  }

  /** Asks again for every job if answers may have changed; false if none has. */
  renew(): boolean {
    if (this.admission.version === this.version) return false;
    this.version = this.admission.version;
    this.reasons.clear();
    for (const job of this.waiting) this.added(job);
    return true;
  }
}
