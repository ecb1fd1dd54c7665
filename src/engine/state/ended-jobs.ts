/** The jobs that ended last, so that clients can still ask why theirs did. */
import { invariant } from "../../domain/invariant.js";
import type { CommitMark, EndedJobView } from "../contract/api.js";
import type { EndedJobRecord } from "../contract/records.js";
import type { Journal } from "./journal.js";

export class EndedJobs {
  /** Oldest first. */
  private readonly jobs = new Map<number, EndedJobView>();
  private lastOrder = 0;
  /** Goes along with the map: from its start, every call would pass the gaps of those forgotten. */
  private oldest = this.jobs.keys();

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
      this.jobs.set(record.jobId, viewOf(record, 0));
      this.lastOrder = record.order;
    }
  }

  /** The order of the job that ends next. */
  nextOrder(): number {
    this.lastOrder += 1;
    return this.lastOrder;
  }

  add(record: EndedJobRecord): void {
    const { jobId } = record;
    invariant(!this.jobs.has(jobId), () => `job ${jobId} ends a second time`);
    this.jobs.set(jobId, viewOf(record, this.journal.turnMark));
    this.journal.endedJobs.put(jobId, () => record);
    this.journal.wake();
    this.forgetOldest();
  }

  setLimit(limit: number): void {
    this.limit = limit;
    this.forgetOldest();
  }

  private forgetOldest(): void {
    while (this.jobs.size > this.limit) {
      const next = this.oldest.next();
      if (next.done) {
        this.oldest = this.jobs.keys();
        continue;
      }
      this.jobs.delete(next.value);
      this.journal.endedJobs.delete(next.value);
      this.journal.wake();
    }
  }
}

function viewOf(
  { jobId, reason, wasQueued }: Omit<EndedJobView, "mark">,
  mark: CommitMark,
): EndedJobView {
  return { jobId, reason, wasQueued, mark };
}
