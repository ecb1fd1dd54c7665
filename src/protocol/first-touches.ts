/**
 * Jobs from before the start whose clients may wait in vain. Some clients, when they have connected
 * again, keep their jobs alive and do not watch again: they wait for a notification of what changed
 * meanwhile, or was changed by the start. So the first time that a connection touches such a job
 * without watching it, it is notified, once. All clients take that line at any time.
 */
import type { EngineApi } from "../engine/contract/api.js";
import type { Subscriber, Watches } from "./watches.js";

/** A connection; it is notified of no more jobs than it may watch. */
interface Toucher extends Subscriber {
  readonly watchLimit: number;
}

export class FirstTouches {
  private readonly notified = new WeakMap<Toucher, Set<number>>();

  constructor(
    private readonly engine: Pick<EngineApi, "isFromBefore">,
    private readonly watches: Watches<number>,
  ) {}

  /** A client showed interest in a job, or in one that has ended or been forgotten. */
  touched(caller: Toucher, jobId: number): void {
    if (jobId < 1 || !this.engine.isFromBefore(jobId)) return;
    const notified = this.notified.get(caller) ?? new Set();
    if (notified.has(jobId) || notified.size >= caller.watchLimit) return;
    if (this.watches.isWatching(caller, jobId)) return;
    this.notified.set(caller, notified.add(jobId));
    caller.jobsChanged([jobId]);
  }
}
