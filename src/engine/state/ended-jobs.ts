/**
 * The jobs that ended last, so that clients can still ask why theirs did. When there are more than are
 * remembered, the host that has the most of them forgets its oldest: however many jobs others end, a client
 * learns the end of its own.
 */
import { invariant } from "../../domain/invariant.js";
import { Ranking } from "../../domain/ranking.js";
import type { CommitMark, EndedJobView } from "../contract/api.js";
import type { EndedJobRecord } from "../contract/records.js";
import type { Journal } from "./journal.js";

export class EndedJobs {
  private readonly jobs = new Map<number, EndedJobView>();
  private readonly hosts = new Ranking<string>();
  private readonly idsOf = new Map<string, IdsInOrder>();
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
      this.remember(record, 0);
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
    this.remember(record, this.journal.turnMark);
    this.journal.endedJobs.put(jobId, () => record);
    this.journal.wake();
    this.forgetSome();
  }

  setLimit(limit: number): void {
    this.limit = limit;
    this.forgetSome();
  }

  private remember({ jobId, reason, wasQueued, host }: EndedJobRecord, mark: CommitMark): void {
    this.jobs.set(jobId, { jobId, reason, wasQueued, mark });
    const key = keyOf(host);
    this.hosts.increase(key);
    const ids = this.idsOf.get(key);
    if (ids === undefined) this.idsOf.set(key, new IdsInOrder(jobId));
    else ids.add(jobId);
  }

  private forgetSome(): void {
    while (this.jobs.size > this.limit) {
      const host = this.hosts.highest!;
      const jobId = this.idsOf.get(host)!.takeOldest();
      this.hosts.decrease(host);
      if (this.hosts.countOf(host) === 0) this.idsOf.delete(host);
      this.jobs.delete(jobId);
      this.journal.endedJobs.delete(jobId);
      this.journal.wake();
    }
  }
}

/** Jobs in which no client has shown interest count as those of one host. */
function keyOf(host: string | null): string {
  return host ?? "";
}

/** In the order in which they came. A map would pass the gaps of those taken with every look at its start. */
class IdsInOrder {
  private ids: number[];
  private taken = 0;

  constructor(first: number) {
    this.ids = [first];
  }

  add(id: number): void {
    this.ids.push(id);
  }

  takeOldest(): number {
    const id = this.ids[this.taken++]!;
    // Those taken go now and then, all at once: each id is moved at most once.
    if (this.taken * 2 >= this.ids.length) {
      this.ids = this.ids.slice(this.taken);
      this.taken = 0;
    }
    return id;
  }
}
