/** The last destroyed jobs, so that clients can still ask why their job ended. */
import { invariant } from "../../domain/invariant.js";
import type { EndedJobView } from "../contract/api.js";
import type { EndedJobRecord } from "../contract/records.js";
import type { Journal } from "./journal.js";

export class EndedJobs {
  /** Oldest first. */
  private readonly jobs = new Map<number, EndedJobView>();
  private lastOrder = 0;

  constructor(
    private readonly journal: Journal,
    private limit: number,
  ) {}

  get(jobId: number): EndedJobView | undefined {
    return this.jobs.get(jobId);
  }

  /** Puts back what was committed before a restart. */
  restore(records: readonly EndedJobRecord[]): void {
    const byEnd = [...records].sort((a, b) => a.order - b.order || a.jobId - b.jobId);
    for (const { jobId, reason, order } of byEnd) {
      this.jobs.set(jobId, { jobId, reason, mark: 0 });
      this.lastOrder = order;
    }
  }

  add(jobId: number, reason: string | null): void {
    invariant(!this.jobs.has(jobId), () => `job ${jobId} ends a second time`);
    this.jobs.set(jobId, { jobId, reason, mark: this.journal.turnMark });
    this.lastOrder += 1;
    const order = this.lastOrder;
    this.journal.endedJobs.put(jobId, () => ({ jobId, reason, order }));
    this.journal.wake();
    this.forgetOldest();
  }

  setLimit(limit: number): void {
    this.limit = limit;
    this.forgetOldest();
  }

  private forgetOldest(): void {
    for (const jobId of this.jobs.keys()) {
      if (this.jobs.size <= this.limit) return;
      this.jobs.delete(jobId);
      this.journal.endedJobs.delete(jobId);
      this.journal.wake();
    }
  }
}
