/** A job lives at least as long after its last touch as its keepalive says, and not much longer. */

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
  private startedAt = 0;
  /** The longest time between keepalive checks of any configuration so far. */
  private checkIntervalMs = 0;

  constructor(private readonly world: World) {}

  asked(request: Request): void {
    const now = this.world.clock.elapsedMs();
    if (request.command === "create_job") this.createdAt.set(request, now);
    else if (TOUCHING.has(request.command)) {
      const jobId = Number(request.args?.[0]);
      if (isLive(this.world.engine.job(jobId))) this.touchedAt.set(jobId, now);
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

  /** After a start every job has its whole keepalive. */
  started(): void {
    this.startedAt = this.world.clock.elapsedMs();
    this.createdAt.clear();
  }

  configured(checkIntervalMs: number): void {
    this.checkIntervalMs = Math.max(this.checkIntervalMs, checkIntervalMs);
  }

  isOver(job: Living): boolean {
    return job.keepaliveS !== null && this.untouchedMs(job) > job.keepaliveS * 1000;
  }

  /** Runs when a turn is over. */
  check(jobs: readonly JobView[]): void {
    if (this.world.stopping !== "no") return;
    for (const job of jobs) {
      if (job.keepaliveS === null) continue;
      const mostMs = job.keepaliveS * 1000 + this.checkIntervalMs;
      const sinceMs = this.untouchedMs(job);
      hold(sinceMs <= mostMs, () => `job ${job.jobId} lives, untouched for ${sinceMs / 1000} s`);
    }
  }

  private untouchedMs({ jobId }: Living): number {
    const touchedAt = Math.max(this.touchedAt.get(jobId) ?? 0, this.startedAt);
    return this.world.clock.elapsedMs() - touchedAt;
  }
}
