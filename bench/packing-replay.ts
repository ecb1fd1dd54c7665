/**
 * Replays a trace at saturation in simulated time: 50 jobs wait at any time, in the order of the
 * file; each is destroyed its duration after it was placed, and its boards are free at once. Shares
 * count from when a tenth of the jobs have started until the file is used up; waits count for all.
 *
 * The queue, its policy, the batches and the search are those of the server.
 */
import { BatchPlacer } from "../src/allocation/batch.js";
import { BoardBitmaps, type Dead } from "../src/allocation/board-bitmaps.js";
import { boardCountOf } from "../src/allocation/boards.js";
import { requestKey } from "../src/allocation/request-key.js";
import type { Allocation } from "../src/allocation/types.js";
import { MachineQueue } from "../src/engine/machine-queue.js";
import type { QueueRules, WaitingJob } from "../src/engine/queue-policy.js";
import type { Size } from "../src/geometry/index.js";
import { PackTreeAllocator } from "./baseline/pack-tree-allocator.js";
import { RunningJobs } from "./replay.js";
import type { TraceJob } from "./trace.js";

const WAITING = 50;
const BATCH_LIMIT = 128;

export interface ReplayJob extends WaitingJob {
  readonly trace: TraceJob;
}

/** Who has the queue and the boards. */
export interface Scheduler {
  isPossible(job: TraceJob): boolean;
  add(job: ReplayJob): void;
  /** Starts what may start now, at most as much as fits without another job joining the queue. */
  place(nowMs: number): readonly (readonly [ReplayJob, Allocation])[];
  release(allocation: Allocation): void;
}

export interface PackingReplay {
  /** Shares of the live boards: as asked for, and as allocated. */
  readonly asked: number;
  readonly allocated: number;
  readonly jobs: number;
  /** Jobs of the trace that the scheduler holds for impossible. */
  readonly refused: number;
  /** Seconds that each job waited, beside what it asked for. */
  readonly waits: readonly { readonly boards: number; readonly seconds: number }[];
}

/** @throws Error when jobs wait on an empty machine. */
export function replayPacking(
  trace: readonly TraceJob[],
  scheduler: Scheduler,
  liveBoards: number,
): PackingReplay {
  const jobs = trace.filter((job) => scheduler.isPossible(job));
  const asked = new RunningJobs(liveBoards);
  const allocated = new RunningJobs(liveBoards);
  const waits: { boards: number; seconds: number }[] = [];
  let shares: { asked: number; allocated: number } | null = null;
  let next = 0;
  let waiting = 0;
  while (waits.length < jobs.length) {
    for (; waiting < WAITING && next < jobs.length; next++, waiting++) {
      const job = jobs[next]!;
      const { request } = job;
      const createdMs = asked.nowS * 1000;
      scheduler.add({
        jobId: next,
        request,
        requestKey: requestKey(request),
        createdMs,
        trace: job,
      });
    }
    if (waiting < WAITING && shares === null) {
      shares = { asked: asked.inUse(), allocated: allocated.inUse() };
    }
    const placed = scheduler.place(asked.nowS * 1000);
    for (const [job, allocation] of placed) {
      if (waits.length === Math.floor(jobs.length / 10)) {
        asked.startCounting();
        allocated.startCounting();
      }
      asked.start(job.trace, allocation);
      allocated.start({ ...job.trace, boards: boardCountOf(allocation) }, allocation);
      waits.push({ boards: job.trace.boards, seconds: asked.nowS - job.createdMs / 1000 });
      waiting--;
    }
    if (placed.length > 0) continue;
    const ended = asked.end();
    allocated.end();
    if (ended === null) throw new Error(`${waiting} jobs wait for an empty machine`);
    scheduler.release(ended);
  }
  shares ??= { asked: asked.inUse(), allocated: allocated.inUse() };
  return { ...shares, jobs: jobs.length, refused: trace.length - jobs.length, waits };
}

/** The server's queue and search. */
export function serverScheduler(machine: Size & Dead, rules: QueueRules): Scheduler {
  const bitmaps = new BoardBitmaps(machine);
  const placer = new BatchPlacer();
  const queue = new MachineQueue<ReplayJob>();
  const search = (jobs: readonly Pick<WaitingJob, "jobId" | "request">[], checkPossible: boolean) =>
    placer.place({
      bitmaps: bitmaps.buffer,
      items: jobs.map(({ jobId, request }) => ({ jobId, request, checkPossible })),
      overtake: rules.policy === "overtake",
    }).results;
  return {
    isPossible: ({ request }) => search([{ jobId: 0, request }], true)[0]!.outcome !== "impossible",
    add: (job) => queue.add(job),
    place(nowMs) {
      const jobs = queue.candidates(rules, BATCH_LIMIT, () => true);
      if (jobs.length === 0) return [];
      const { version } = queue;
      const placed: [ReplayJob, Allocation][] = [];
      search(jobs, false).forEach((result, at) => {
        const job = jobs[at]!;
        if (result.outcome !== "placed") {
          queue.didNotFit(job, rules, version);
          return;
        }
        bitmaps.occupy(result.allocation);
        queue.remove(job);
        queue.started(nowMs - job.createdMs);
        placed.push([job, result.allocation]);
      });
      return placed;
    },
    release(allocation) {
      bitmaps.release(allocation);
      queue.roomChanged();
    },
  };
}

/** The Python server's: its pack tree, first come first served. */
export function baselineScheduler(machine: Size & Dead): Scheduler {
  const allocator = new PackTreeAllocator(machine);
  const queue: ReplayJob[] = [];
  return {
    isPossible: ({ request }) => allocator.isPossible(request),
    add: (job) => void queue.push(job),
    place() {
      const placed: [ReplayJob, Allocation][] = [];
      for (let job = queue[0]; job !== undefined; job = queue[0]) {
        const allocation = allocator.place(job.request);
        if (allocation === null) break;
        placed.push([job, allocation]);
        queue.shift();
      }
      return placed;
    },
    release: (allocation) => allocator.release(allocation),
  };
}
