/**
 * Jobs from before the start whose clients may wait in vain. Some clients, when they have connected
 * again, keep their jobs alive and do not watch again: they wait for a notification of what changed
 * meanwhile, or was changed by the start. So the first time that a connection touches such a job
 * without watching it, it is notified, once. All clients take that line at any time.
 */
import type { ClientLimits } from "../config/client-limits.js";
import type { HostCounts } from "../domain/host-counts.js";
import type { EngineApi } from "../engine/contract/api.js";
import { watchLimit } from "./watch-limits.js";
import type { Subscriber, Watches } from "./watches.js";

interface Services {
  readonly watches: Watches<number>;
  /** Jobs noted here count as watches. */
  readonly counts: HostCounts;
  readonly limits: () => ClientLimits;
}

export class FirstTouches {
  private readonly notified = new Map<Subscriber, Set<number>>();

  constructor(
    private readonly engine: Pick<EngineApi, "isFromBefore">,
    private readonly services: Services,
  ) {}

  /** A client showed interest in a job, or in one that has ended or been forgotten. */
  touched(caller: Subscriber, jobId: number): void {
    if (jobId < 1 || !this.engine.isFromBefore(jobId)) return;
    const notified = this.notified.get(caller) ?? new Set();
    if (notified.has(jobId)) return;
    const { watches, counts, limits } = this.services;
    if (watches.isWatching(caller, jobId)) return;
    // It is notified of no more jobs than it may watch.
    if (watchLimit(notified.size, 1, caller.actor.host, counts, limits()) !== null) return;
    counts.add(caller.actor.host, 1);
    this.notified.set(caller, notified.add(jobId));
    caller.jobsChanged([jobId]);
  }

  /** The connection is closed. */
  stop(caller: Subscriber): void {
    const notified = this.notified.get(caller);
    if (notified === undefined) return;
    this.notified.delete(caller);
    this.services.counts.add(caller.actor.host, -notified.size);
  }
}
