/**
 * The life of every job as its clients may rely on it: ids are given once, a job that was
 * acknowledged is there until it ends for a reason that there was, and what has ended stays so.
 */

import type { JobView } from "../../../src/engine/contract/api.js";
import type { EndReason } from "../../../src/engine/contract/end-reasons.js";
import { isLive } from "../server.js";
import { hold, Violation } from "../violation.js";
import type { Request } from "../witness.js";
import type { World } from "../world.js";
import type { Keepalives } from "./keepalives.js";
import type { Possibilities } from "./possibilities.js";

/** So few ended jobs are forgotten in the step that they end in, when enough others end as well. */
const FEW = 10;

type Living = Pick<JobView, "jobId" | "keepaliveS">;

/** What stands in front of the reason of a board that failed. */
const BOARD_NAME = /^board \[[\d, ]+\] of machine [^(]+\([^)]+\): /;

export class Ledger {
  /** Ids whose creators were answered. */
  private readonly acknowledged = new Set<number>();
  /** Ids whose end a client knows. */
  private readonly toldEnded = new Set<number>();
  /** Ids whose creators were gone before they could be answered. */
  private readonly unanswered = new Set<number>();
  /** Ids that have ended; what a crash took back is not among them. */
  private readonly ended = new Set<number>();
  /** Reasons given with destroy_job, by id; by whatever client, answered or not. */
  private readonly destroyed = new Map<number, Set<string>>();
  /** Reasons the BMPs gave. */
  private readonly failures = new Set<string>();
  private live = new Map<number, Living>();

  constructor(
    private readonly world: World,
    private readonly keepalives: Keepalives,
    private readonly possibilities: Possibilities,
  ) {}

  asked({ command, args = [] }: Request): void {
    if (command !== "destroy_job") return;
    const [jobId, reason] = [Number(args[0]), String(args[1])];
    const reasons = this.destroyed.get(jobId) ?? new Set();
    this.destroyed.set(jobId, reasons.add(reason));
  }

  failed(reason: string): void {
    this.failures.add(reason);
  }

  sent({ command, args = [] }: Request, value: unknown): void {
    if (command === "create_job" && value !== undefined) {
      const id = Number(value);
      hold(!this.acknowledged.has(id), () => `id ${id} is given twice`);
      this.acknowledged.add(id);
      if (!isLive(this.world.engine.job(id))) this.ended.add(id);
    } else if (command === "destroy_job") this.toldEnded.add(Number(args[0]));
  }

  /** The creator of a job was gone before the answer: nobody knows of the job, so it must end. */
  lost(jobId: number): void {
    hold(!isLive(this.world.engine.job(jobId)), () => `job ${jobId} lives, its creator is gone`);
    this.unanswered.add(jobId);
  }

  /** The server died: of what it did, only what is on disk has happened. */
  died(): void {
    const { disk } = this.world.store;
    for (const jobId of this.acknowledged) {
      const known = disk.jobs.get(jobId) ?? disk.endedJobs.get(jobId) ?? this.ended.has(jobId);
      hold(known !== false, () => `job ${jobId} was acknowledged and is not on disk`);
    }
    for (const jobId of [...this.ended]) {
      const isTakenBack = disk.jobs.get(jobId) || jobId >= disk.counters.nextJobId;
      if (isTakenBack) this.ended.delete(jobId);
    }
    for (const { jobId } of disk.endedJobs.rows.values()) this.ended.add(jobId);
    this.live = new Map([...disk.jobs.rows.values()].map((row) => [row.jobId, row]));
  }

  /** A cold start: every job is gone, and its id stays used. */
  cleared(): void {
    for (const jobId of this.live.keys()) this.ended.add(jobId);
    for (const jobId of this.acknowledged) this.ended.add(jobId);
    this.live.clear();
  }

  check(jobs: readonly JobView[]): void {
    const before = this.live;
    if (jobs.length === before.size && jobs.every((job) => before.has(job.jobId))) return;
    this.live = new Map(jobs.map((job) => [job.jobId, job]));
    for (const jobId of this.live.keys()) {
      hold(!this.ended.has(jobId), () => `job ${jobId} had ended and lives again`);
      hold(!this.toldEnded.has(jobId), () => `job ${jobId} lives; a client was told of its end`);
      if (!before.has(jobId)) this.keepalives.appeared(jobId);
    }
    const gone = [...before.values()].filter(({ jobId }) => !this.live.has(jobId));
    for (const job of gone) this.checkEnd(job);
    for (const jobId of this.acknowledged) {
      const known = this.live.has(jobId) || this.ended.has(jobId);
      hold(known || this.world.engine.job(jobId) !== undefined, () => `job ${jobId} is gone`);
    }
  }

  private checkEnd(job: Living): void {
    const { jobId } = job;
    this.ended.add(jobId);
    const now = this.world.engine.job(jobId);
    if (now === undefined) {
      const { maxRetiredJobs } = this.world.configuration;
      hold(maxRetiredJobs <= FEW, () => `job ${jobId} is gone without a trace`);
      return;
    }
    if (isLive(now)) throw new Violation(`job ${jobId} is not listed, but lives`);
    hold(
      this.hasCause(job, now.reason),
      () => `job ${jobId} ended, ${JSON.stringify(now.reason)}; there was no cause`,
    );
  }

  private hasCause({ jobId, ...job }: Living, reason: EndReason): boolean {
    switch (reason.code) {
      case "destroyed":
        return this.destroyed.get(jobId)?.has(`${reason.text}`) === true;
      case "creatorGone":
        // The engine ends it in the step in which the simulation hears of it.
        return !this.acknowledged.has(jobId) && this.unanswered.has(jobId);
      case "keepaliveExpired":
        return this.keepalives.isOver({ jobId, ...job });
      case "machineRemoved":
        return this.world.configuredAt === this.world.steps;
      case "boardsFailed":
        return this.failures.has(reason.failure.replace(BOARD_NAME, ""));
      case "noSuitableMachine":
        return !this.possibilities.isPossible(jobId);
      case "recordDamaged":
        return false;
    }
  }
}
