/**
 * Nothing is told before its commit. For each job it is known here which change set brought what
 * clients see of it now, without asking the engine for its marks.
 */

import { type CommitMark, JobState, type JobView } from "../../../src/engine/contract/api.js";
import type { ChangeSet, JobRecord } from "../../../src/engine/contract/records.js";
import type { Answer } from "../../../src/protocol/answers/answer.js";
import type { Changes } from "../../../src/protocol/changes.js";
import { positionsOf } from "../positions.js";
import { isLive } from "../server.js";
import { hold } from "../violation.js";
import type { Request } from "../witness.js";
import type { World } from "../world.js";

/** Commands about a job whose answers are null whatever it does. */
const SAYING_NOTHING = new Set(["job_keepalive", "notify_job", "no_notify_job"]);

export class Commits {
  /** The set that what is seen of a job became durable with, or will. Of this run of the server. */
  private readonly changedAt = new Map<number, CommitMark>();

  /** Jobs as they were when last recorded, in this run of the server. */
  private readonly shown = new Map<number, JobView>();

  constructor(private readonly world: World) {}

  accepted({ jobs, endedJobs }: ChangeSet, mark: CommitMark): void {
    const { accepted } = this.world.store;
    for (const row of jobs.put) {
      const job = this.world.engine.job(row.jobId);
      hold(isLive(job) && agrees(row, job), () => `job ${row.jobId} is recorded as it is not`);
      const before = this.shown.get(row.jobId);
      this.shown.set(row.jobId, job);
      const same = before
        ? showTheSame(before, job)
        : isRecorded(accepted.jobs.get(row.jobId), job);
      if (!same) this.changedAt.set(row.jobId, mark);
    }
    for (const { jobId } of endedJobs.put) this.changedAt.set(jobId, mark);
    for (const jobId of jobs.delete) this.changedAt.set(jobId, mark);
  }

  restarted(): void {
    this.changedAt.clear();
    this.shown.clear();
  }

  /** Whether all that is seen of a job now is durable, and the engine was told so. */
  isReported(jobId: number): boolean {
    return this.needed(jobId) <= this.world.store.reportedMark;
  }

  /** The set that an answer given now about that job depends on. */
  needed(jobId: number): CommitMark {
    const { accepted, acceptedMark } = this.world.store;
    const job = this.world.engine.job(jobId);
    const row = accepted.jobs.get(jobId);
    const shown = this.shown.get(jobId);
    const isAccepted = isLive(job)
      ? shown
        ? showTheSame(shown, job)
        : isRecorded(row, job)
      : row === undefined && (job === undefined || accepted.endedJobs.get(jobId) !== undefined);
    return isAccepted ? (this.changedAt.get(jobId) ?? 0) : acceptedMark + 1;
  }

  /** The set that an answer depends on, as it is given by the engine. */
  neededFor({ command, args = [] }: Request, { line, mark }: Answer): CommitMark {
    if (command === "create_job") return this.needed(Number(JSON.parse(line).return));
    if (command === "list_jobs") {
      if (mark > 0) return this.neededForAll();
      this.checkDurableList(JSON.parse(line).return);
      return 0;
    }
    if (command === "where_is") {
      const found = JSON.parse(line).return;
      if (found?.job_id === null && mark <= this.world.store.reportedMark)
        this.checkFree(found.physical);
      return found?.job_id ? this.needed(found.job_id) : 0;
    }
    const [jobId] = args;
    return typeof jobId === "number" && !SAYING_NOTHING.has(command) ? this.needed(jobId) : 0;
  }

  /** A list that waits for nothing shows the jobs that are reported durable, and where they are. */
  private checkDurableList(list: readonly Record<string, unknown>[]): void {
    const { coldStart, store } = this.world;
    // What a cold start forgets is on disk until its first set is.
    if (coldStart !== null && store.reportedMark === 0) return;
    const { jobs, machines } = store.reported;
    const rows = [...jobs.rows.values()].sort((a, b) => a.jobId - b.jobId);
    const recorded = rows.map(({ jobId, placement }) => {
      const machine = placement && machines.get(placement.machineId)?.description.name;
      return `${jobId} on ${machine}, ${placement?.power ?? null}`;
    });
    const listed = list.map((job) => {
      return `${job["job_id"]} on ${job["allocated_machine_name"]}, ${job["power"]}`;
    });
    hold(
      listed.join() === recorded.join(),
      () => `list_jobs says ${listed.join()}; durable is ${recorded.join()}`,
    );
  }

  /** A board of which it is said at once that no job has it is with none on disk. */
  private checkFree(position: readonly number[]): void {
    const { coldStart, store } = this.world;
    if (coldStart !== null && store.reportedMark === 0) return;
    const { jobs, machines } = store.reported;
    const place = position.join();
    for (const { jobId, placement } of jobs.rows.values()) {
      const description = placement && machines.get(placement.machineId)?.description;
      if (!description) continue;
      const has = positionsOf(placement.allocation, description).includes(place);
      hold(!has, () => `where_is says that the board at ${place} is free; job ${jobId} has it`);
    }
  }

  private neededForAll(): CommitMark {
    const ids = [...this.world.engine.jobs()].map(({ jobId }) => jobId);
    for (const { jobId } of this.world.store.accepted.jobs.rows.values()) ids.push(jobId);
    return Math.max(0, ...ids.map((jobId) => this.needed(jobId)));
  }

  sent({ command }: Request, needs: CommitMark): void {
    const { reportedMark } = this.world.store;
    hold(
      needs <= reportedMark,
      () => `${command} is answered when set ${reportedMark} is durable, but shows set ${needs}`,
    );
  }

  told({ jobs }: Changes): void {
    const { reporting } = this.world.store;
    for (const jobId of jobs) {
      hold(
        reporting !== null && concerns(reporting, jobId),
        () => `watchers are told of job ${jobId}, though no commit about it was reported`,
      );
    }
  }

  check(): void {
    const { engine, store } = this.world;
    hold(
      engine.durableMark() <= store.reportedMark,
      () => `the engine takes set ${engine.durableMark()} for durable, it is ${store.reportedMark}`,
    );
  }
}

function showTheSame(a: JobView, b: JobView): boolean {
  return (
    a.state === b.state && a.power === b.power && a.placed?.allocation === b.placed?.allocation
  );
}

/** Whether a job is as a record of it says that was there before the server started. */
function isRecorded(row: JobRecord | undefined, job: JobView): boolean {
  return (
    row !== undefined && agrees(row, job) && showsPower(row) === (job.state === JobState.power)
  );
}

/** Whether a record says the same of a job; boards that are brought back are no part of it. */
function agrees(row: JobRecord, job: JobView): boolean {
  const { placement } = row;
  if (placement === null || job.placed === null) return placement === null && job.placed === null;
  const { allocation } = job.placed;
  if (placement.allocation !== allocation || placement.power !== job.power) return false;
  return !showsPower(row) || job.state === JobState.power;
}

function showsPower({ placement }: JobRecord): boolean {
  return placement?.powerPending === true;
}

function concerns({ jobs, endedJobs }: ChangeSet, jobId: number): boolean {
  return (
    jobs.put.some((row) => row.jobId === jobId) ||
    endedJobs.put.some((row) => row.jobId === jobId) ||
    jobs.delete.includes(jobId)
  );
}
