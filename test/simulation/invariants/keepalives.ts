/**
 * A job lives at least as long after its last touch as its keepalive says, and not much longer. One
 * from before the start lives as long as the grace, if that is longer, until it is touched. Time counts
 * from when the creator could know the id, and without that in which the server was away: so no job
 * times out whose client touches it in time.
 */

import type { JobView } from "../../../src/engine/contract/api.js";
import { isLive } from "../server.js";
import { hold } from "../violation.js";
import type { Request } from "../witness.js";
import type { World } from "../world.js";

const TOUCHING = new Set([
  "job_keepalive",
  "get_job_state",
  "get_job_machine_info",
  "power_on_job_boards",
  "power_off_job_boards",
]);

type Living = Pick<JobView, "jobId" | "keepaliveS">;

export class Keepalives {
  /** By job; in milliseconds without those in which the server was away, as all times here. */
  private readonly touchedAt = new Map<number, number>();
  /** Jobs of this server whose creators cannot know the id yet. */
  private readonly untold = new Set<number>();
  /** Jobs in their grace: those from before the start that were not touched since. */
  private readonly untouched = new Set<number>();
  private startedAt = 0;
  /** The longest time between keepalive checks of any configuration so far. */
  private checkIntervalMs = 0;
  private configuredAt = 0;
  private absentMs = 0;

  constructor(private readonly world: World) {}

  asked(request: Request): void {
    if (!TOUCHING.has(request.command)) return;
    const jobId = Number(request.args?.[0]);
    if (!isLive(this.world.engine.job(jobId))) return;
    this.touchedAt.set(jobId, this.nowMs);
    this.untouched.delete(jobId);
  }

  /** An answer goes to its client: the creator of a job can know the id from now on. */
  sent({ command }: Request, value: unknown): void {
    if (command !== "create_job" || value === undefined) return;
    this.untold.delete(Number(value));
    this.touchedAt.set(Number(value), this.nowMs);
  }

  /** A job is seen that was not there before. */
  appeared(jobId: number): void {
    this.untold.add(jobId);
  }

  absent(ms: number): void {
    this.absentMs += ms;
  }

  /** After a start every job has its whole keepalive, and a grace. */
  started(): void {
    this.startedAt = this.nowMs;
    this.untold.clear();
    this.untouched.clear();
    for (const { jobId } of this.world.engine.jobs()) this.untouched.add(jobId);
  }

  configured(checkIntervalMs: number): void {
    this.checkIntervalMs = Math.max(this.checkIntervalMs, checkIntervalMs);
    this.configuredAt = this.nowMs;
  }

  /** An operator ended the grace of all jobs. */
  graceEnded(): void {
    this.untouched.clear();
    this.configuredAt = this.nowMs;
  }

  isOver(job: Living): boolean {
    if (job.keepaliveS === null || this.untold.has(job.jobId)) return false;
    return this.untouchedMs(job) > this.patienceMs(job);
  }

  /** Runs when a turn is over. */
  check(jobs: readonly JobView[]): void {
    if (this.world.stopping !== "no") return;
    // A grace that has just become shorter is over at the next check.
    const sinceConfiguredMs = this.nowMs - this.configuredAt;
    if (sinceConfiguredMs <= this.checkIntervalMs) return;
    for (const job of jobs) {
      if (job.keepaliveS === null || this.untold.has(job.jobId)) continue;
      const mostMs = this.patienceMs(job) + this.checkIntervalMs;
      const sinceMs = this.untouchedMs(job);
      hold(sinceMs <= mostMs, () => `job ${job.jobId} lives, untouched for ${sinceMs / 1000} s`);
    }
  }

  private patienceMs({ jobId, keepaliveS }: Living): number {
    const graceS = this.untouched.has(jobId)
      ? this.world.configuration.secondsOfGraceAfterStart
      : 0;
    return Math.max(keepaliveS ?? 0, graceS) * 1000;
  }

  private untouchedMs({ jobId }: Living): number {
    const touchedAt = Math.max(this.touchedAt.get(jobId) ?? 0, this.startedAt);
    return this.nowMs - touchedAt;
  }

  private get nowMs(): number {
    return this.world.clock.elapsedMs() - this.absentMs;
  }
}
