/**
 * What clients were told, and what may therefore be told to them later, over any number of deaths of
 * the server. A request whose answer never came may or may not have happened: both are allowed until
 * an answer settles it. Everything else is a violation.
 */
import { JobState, type JobStateAnswer } from "../../src/client/index.js";
import { type Boards, canonical } from "./canonical.js";

/** What is known of the state of a job, but for the host that last touched it. */
export type JobAnswer = Omit<JobStateAnswer, "keepalivehost">;

/** How a job was asked for. */
export interface Asked {
  /** Unique: by it a job is known whose id nobody was told. */
  readonly owner: string;
  readonly keepalive: number | null;
  /** Whether the only machine that can hold it may be removed while it lives. */
  readonly mayLoseMachine: boolean;
}

export class ToldJob {
  /** Once told. */
  boards: Boards | null = null;
  startTimeS: number | null = null;
  /** What its boards may be: the last told or ordered, and what was ordered without an answer. */
  powers = new Set<boolean | null>([null, true]);
  /** Reasons it was asked to end with, without an answer yet. */
  endings = new Set<string | null>();
  /** Told to be destroyed. */
  ended: { readonly reasons: ReadonlySet<string | null> } | null = null;

  constructor(
    readonly id: number,
    readonly asked: Asked,
  ) {}
}

/** Ended jobs further back than this may be forgotten. */
const REMEMBERED = 500;

export class Ledger {
  readonly jobs = new Map<number, ToldJob>();
  /** Creations without an answer yet, by owner. */
  readonly creating = new Map<string, Asked>();
  readonly violations: string[] = [];
  /** In the order in which they were told to have ended. */
  private readonly endedInOrder: ToldJob[] = [];
  private highest = 0;
  /** How many answers were held against what was told before. */
  checks = 0;

  violation(what: string): void {
    this.violations.push(what);
  }

  private check(holds: boolean, what: () => string): void {
    this.checks += 1;
    if (!holds) this.violation(what());
  }

  /** Jobs that nobody was told the end of. */
  get live(): ToldJob[] {
    return [...this.jobs.values()].filter(({ ended }) => ended === null);
  }

  /** Jobs told to have ended that cannot be forgotten yet. */
  get lately(): readonly ToldJob[] {
    return this.endedInOrder.slice(-REMEMBERED);
  }

  /** To call before the request leaves; gives what {@link created} needs. */
  creates(asked: Asked): number {
    this.creating.set(asked.owner, asked);
    return this.highest;
  }

  /** A creation was answered; `before` is what {@link creates} gave. */
  created(asked: Asked, id: number, before: number): ToldJob {
    this.creating.delete(asked.owner);
    this.check(id > before, () => `job ${id} was created after job ${before} was`);
    return this.add(asked, id);
  }

  private add(asked: Asked, id: number): ToldJob {
    this.check(!this.jobs.has(id), () => `job id ${id} was given twice`);
    const job = new ToldJob(id, asked);
    this.jobs.set(id, job);
    this.highest = Math.max(this.highest, id);
    return job;
  }

  /** A server that just started lists its jobs. Creations that were never answered are settled. */
  listed(list: readonly { readonly job_id: number; readonly owner: string }[]): ToldJob[] {
    const adopted: ToldJob[] = [];
    for (const { job_id: id, owner } of list) {
      const known = this.jobs.get(id);
      if (known !== undefined) {
        this.check(known.asked.owner === owner, () => `job ${id} is ${owner}'s all of a sudden`);
        this.check(known.ended === null, () => `job ${id} was destroyed, and lives`);
        continue;
      }
      const asked = this.creating.get(owner);
      this.check(asked !== undefined, () => `job ${id} of ${owner} was never asked for`);
      if (asked === undefined) continue;
      this.creating.delete(owner);
      adopted.push(this.add(asked, id));
    }
    this.creating.clear();
    return adopted;
  }

  /** A power command leaves. */
  orders(job: ToldJob, on: boolean): void {
    job.powers.add(on);
  }

  /** A power command was answered. */
  ordered(job: ToldJob, on: boolean): void {
    job.powers = new Set([on, ...(job.boards === null ? [null, true] : [])]);
  }

  /** A destroy leaves. */
  destroys(job: ToldJob, reason: string | null): void {
    job.endings.add(reason);
  }

  /** A destroy was answered. */
  destroyed(job: ToldJob): void {
    this.end(job, this.possibleReasons(job));
  }

  private end(job: ToldJob, reasons: ReadonlySet<string | null>): void {
    if (job.ended === null) this.endedInOrder.push(job);
    job.ended = { reasons };
  }

  private possibleReasons({ endings, asked, boards }: ToldJob): Set<string | null> {
    const reasons = new Set<string | null>();
    const add = (reason: string | null): void => {
      reasons.add(reason);
      if (boards === null) reasons.add(`Cancelled: ${reason ?? ""}`);
    };
    for (const reason of endings) add(reason);
    if (asked.keepalive !== null) add("Job timed out.");
    if (asked.mayLoseMachine) {
      add("Machine removed.");
      add("No suitable machines available.");
    }
    return reasons;
  }

  /** `get_job_state` was answered, with no other request for the job under way. */
  stateTold(job: ToldJob, answer: JobAnswer): void {
    const { id, asked, ended } = job;
    const text = (): string => JSON.stringify(answer);
    if (answer.state === JobState.destroyed) {
      const reasons = ended?.reasons ?? this.possibleReasons(job);
      this.check(reasons.has(answer.reason), () => `job ${id} has ended like this: ${text()}`);
      this.end(job, new Set([answer.reason]));
      return;
    }
    this.check(answer.state !== JobState.unknown, () => `job ${id} is forgotten`);
    this.check(ended === null, () => `job ${id} was destroyed, and lives: ${text()}`);
    this.check(
      job.boards === null || answer.state !== JobState.queued,
      () => `job ${id} had boards, and is queued: ${text()}`,
    );
    this.check(answer.keepalive === asked.keepalive, () => `keepalive of job ${id}: ${text()}`);
    this.check(
      answer.start_time === (job.startTimeS ?? answer.start_time),
      () => `job ${id} began at ${job.startTimeS}, not as told now: ${text()}`,
    );
    this.check(
      job.powers.has(answer.power) &&
        (answer.power === null) === (answer.state === JobState.queued),
      () => `power of job ${id} can be ${[...job.powers]}, not as told: ${text()}`,
    );
    job.startTimeS = answer.start_time;
    // What was under way when a server died has happened by now, or never will.
    job.powers = new Set(answer.power === null ? [null, true] : [answer.power]);
    job.endings.clear();
  }

  /** `get_job_machine_info` was answered. */
  boardsTold(job: ToldJob, boards: Boards | null): void {
    if (boards === null) {
      this.check(
        job.boards === null || this.possibleReasons(job).size > 0,
        () => `job ${job.id} had boards, and has none`,
      );
      return;
    }
    this.check(
      job.boards === null || canonical(job.boards) === canonical(boards),
      () => `job ${job.id} had ${canonical(job.boards)}, and has ${canonical(boards)}`,
    );
    job.boards = boards;
  }
}
