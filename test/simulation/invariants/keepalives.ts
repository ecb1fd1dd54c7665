/**
 * A job lives at least as long after its last touch as its keepalive says, and not much longer. One
 * from before the start lives as long as the grace, if that is longer, until it is touched.
 */

import type { JobView } from "../../../src/engine/contract/api.js";
import type { Answer } from "../../../src/protocol/answers/answer.js";
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
  private readonly touchedAt = new Map<number, number>();
  private readonly createdAt = new Map<Request, number>();
  /** Jobs in their grace: those from before the start that were not touched since. */
  private readonly untouched = new Set<number>();
  private startedAt = 0;
  /** The longest time between keepalive checks of any configuration so far. */
  private checkIntervalMs = 0;
  private configuredAt = 0;

  constructor(private readonly world: World) {}

  asked(request: Request): void {
    const now = this.world.clock.elapsedMs();
    if (request.command === "create_job") this.createdAt.set(request, now);
    else if (TOUCHING.has(request.command)) {
      const jobId = Number(request.args?.[0]);
      if (!isLive(this.world.engine.job(jobId))) return;
      this.touchedAt.set(jobId, now);
      this.untouched.delete(jobId);
    }
  }

  answered(request: Request, { line }: Answer): void {
    const at = this.createdAt.get(request);
    if (at === undefined) return;
    this.createdAt.delete(request);
    const id = JSON.parse(line).return;
    if (id !== undefined) this.touchedAt.set(id, at);
  }

  /** A job is seen that was not there before: at the latest now it was created. */
  appeared(jobId: number): void {
    if (!this.touchedAt.has(jobId)) this.touchedAt.set(jobId, this.world.clock.elapsedMs());
  }

  /** After a start every job has its whole keepalive, and a grace. */
  started(): void {
    this.startedAt = this.world.clock.elapsedMs();
    this.createdAt.clear();
    this.untouched.clear();
    for (const { jobId } of this.world.engine.jobs()) this.untouched.add(jobId);
  }

  configured(checkIntervalMs: number): void {
    this.checkIntervalMs = Math.max(this.checkIntervalMs, checkIntervalMs);
    this.configuredAt = this.world.clock.elapsedMs();
  }

  /** An operator ended the grace of all jobs. */
  graceEnded(): void {
    this.untouched.clear();
    this.configuredAt = this.world.clock.elapsedMs();
  }

  isOver(job: Living): boolean {
    return job.keepaliveS !== null && this.untouchedMs(job) > this.patienceMs(job);
  }

  /** Runs when a turn is over. */
  check(jobs: readonly JobView[]): void {
    if (this.world.stopping !== "no") return;
    // A grace that has just become shorter is over at the next check.
    const sinceConfiguredMs = this.world.clock.elapsedMs() - this.configuredAt;
    if (sinceConfiguredMs <= this.checkIntervalMs) return;
    for (const job of jobs) {
      if (job.keepaliveS === null) continue;
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
    return this.world.clock.elapsedMs() - touchedAt;
  }
}
