/** The jobs of the honest clients, and what the server owes them. */
import { JobState, type JobStateAnswer, type ListedJob } from "../../src/client/index.js";
import type { Judge } from "./judge.js";

export interface HonestJob {
  readonly id: number;
  readonly owner: string;
  /** In undisturbed time. */
  readonly createdMs: number;
  isReady: boolean;
  /** Whether its client asked for its end. */
  isEnding: boolean;
}

export interface StartBound {
  /** Time without interruptions, in milliseconds. */
  undisturbedMs(): number;
  /** Of that time, within which a job of one board must be ready. */
  readonly limitMs: number;
}

export class HonestJobs {
  private readonly jobs = new Map<number, HonestJob>();
  /** Every id that was ever given to one of them. */
  private readonly given = new Set<number>();
  private slowestMs = 0;

  constructor(
    private readonly judge: Judge,
    private readonly bound: StartBound,
  ) {}

  get count(): number {
    return this.given.size;
  }

  get slowestStartMs(): number {
    return Math.round(this.slowestMs);
  }

  of(owner: string): HonestJob[] {
    return [...this.jobs.values()].filter((job) => job.owner === owner && !job.isEnding);
  }

  /** Ids of which clients were told, and whose end nobody asked for. */
  get acknowledged(): number[] {
    return [...this.jobs.values()].filter(({ isEnding }) => !isEnding).map(({ id }) => id);
  }

  created(owner: string, id: number): HonestJob {
    this.judge.expect(
      Number.isSafeInteger(id) && id > 0 && !this.given.has(id),
      () => `create_job answers ${JSON.stringify(id)} to ${owner}`,
    );
    this.given.add(id);
    const createdMs = this.bound.undisturbedMs();
    const job = { id, owner, createdMs, isReady: false, isEnding: false };
    this.jobs.set(id, job);
    return job;
  }

  /** A client looked at its job. */
  seen(job: HonestJob, answer: JobStateAnswer): void {
    if (answer.state === JobState.destroyed || answer.state === JobState.unknown) {
      this.judge.violation(
        `job ${job.id} of ${job.owner}, which is kept alive: ${JSON.stringify(answer)}`,
      );
      this.jobs.delete(job.id);
      return;
    }
    const waitedMs = this.bound.undisturbedMs() - job.createdMs;
    if (!job.isReady && waitedMs > this.bound.limitMs) {
      this.judge.violation(
        `job ${job.id} of ${job.owner} for one board is not ready after ${Math.round(waitedMs)} ms: ` +
          JSON.stringify(answer),
      );
      // Once is enough.
      this.ready(job);
    }
  }

  ready(job: HonestJob): void {
    job.isReady = true;
    this.slowestMs = Math.max(this.slowestMs, this.bound.undisturbedMs() - job.createdMs);
  }

  destroying(job: HonestJob): void {
    job.isEnding = true;
  }

  destroyed({ id }: HonestJob): void {
    this.jobs.delete(id);
  }

  /** Whatever a client had under way may have been done or not: it holds on to nothing of that. */
  connectionLost(owner: string): void {
    for (const job of this.jobs.values()) {
      if (job.owner === owner && job.isEnding) this.jobs.delete(job.id);
    }
  }

  /** Who lists the jobs sees all of its own, and no board twice. */
  listed(owner: string, list: readonly ListedJob[]): void {
    const ids = new Set(list.map(({ job_id }) => job_id));
    for (const { id } of this.of(owner)) {
      this.judge.expect(ids.has(id), () => `job ${id} of ${owner} is not in the list of jobs`);
    }
    const holders = new Map<string, number>();
    for (const { job_id, allocated_machine_name: machine, boards } of list) {
      for (const board of boards ?? []) {
        const name = `board [${board.join(", ")}] of ${machine}`;
        const other = holders.get(name);
        if (other !== undefined) this.judge.violation(`${name}: jobs ${other} and ${job_id}`);
        holders.set(name, job_id);
      }
    }
  }
}
