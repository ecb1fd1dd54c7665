/** The jobs that ended last, so that clients can still ask why theirs did. */
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
    for (const record of byEnd) {
      this.jobs.set(record.jobId, { ...record, mark: 0 });
      this.lastOrder = record.order;
    }
  }

  add(job: Omit<EndedJobRecord, "order">): void {
    invariant(!this.jobs.has(job.jobId), () => `job ${job.jobId} ends a second time`);
    this.lastOrder += 1;
    const record: EndedJobRecord = { ...job, order: this.lastOrder };
    this.jobs.set(job.jobId, { ...record, mark: this.journal.turnMark });
    this.journal.endedJobs.put(job.jobId, () => record);
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
