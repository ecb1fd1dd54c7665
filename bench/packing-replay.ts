/**
 * Replays a trace at saturation in simulated time: 50 jobs wait at any time, in the order of the
 * file; each is destroyed its duration after it was placed, and its boards are free at once. Figures
 * are from when a tenth of the jobs have started until the file is used up.
 *
 * The queue, its policy, the batches and the search are those of the server.
 */

import type { Allocation } from "../src/domain/allocation.js";
import { boardCountOf } from "../src/domain/allocation.js";
import type { Size } from "../src/domain/board.js";
import { requestKey } from "../src/domain/request.js";
import { MachineQueue } from "../src/engine/queue/machine-queue.js";
import { type QueueSettings, queuePolicyOf } from "../src/engine/queue/policies.js";
import type { WaitingJob } from "../src/engine/queue/waiting-job.js";
import { BatchPlacer } from "../src/placement/batch.js";
import { BoardBitmaps, type DeadBoardsAndLinks } from "../src/placement/bitmaps/board-bitmaps.js";
import { PackTreeAllocator } from "./baseline/pack-tree-allocator.js";
import { RunningJobs } from "./replay.js";
import type { TraceJob } from "./trace.js";

const WAITING = 50;
const BATCH_LIMIT = 128;

interface ReplayJob extends WaitingJob {
  readonly trace: TraceJob;
}

/** Who has the queue and the boards. */
export interface Scheduler {
  isPossible(job: TraceJob): boolean;
  add(job: ReplayJob): void;
  /** Starts the next job that may start now; another joins the queue before the one after it. */
  place(nowMs: number): readonly [ReplayJob, Allocation] | null;
  release(allocation: Allocation): void;
}

interface Wait {
  readonly boards: number;
  readonly seconds: number;
}

export interface PackingReplay {
  /** Shares of the live boards: as asked for, and as allocated. */
  readonly asked: number;
  readonly allocated: number;
  readonly jobs: number;
  /** Jobs of the trace that the scheduler holds for impossible. */
  readonly refused: number;
  /** Seconds that jobs waited, also those that wait still, beside what they asked for. */
  readonly waits: readonly Wait[];
}

/** @throws Error when jobs wait for an empty machine, or the trace has fewer than 50. */
export function replayPacking(
  trace: readonly TraceJob[],
  scheduler: Scheduler,
  liveBoards: number,
): PackingReplay {
  const jobs = trace.filter((job) => scheduler.isPossible(job));
  const asked = new RunningJobs(liveBoards);
  const allocated = new RunningJobs(liveBoards);
  const waiting = new Set<ReplayJob>();
  let waits: Wait[] = [];
  for (let next = 0, started = 0; ; ) {
    for (; waiting.size < WAITING && next < jobs.length; next++) {
      const { request } = jobs[next]!;
      const createdMs = asked.nowS * 1000;
      const job: ReplayJob = {
        jobId: next,
        owner: "trace",
        creatorHost: "trace",
        request,
        requestKey: requestKey(request),
        createdMs,
        trace: jobs[next]!,
      };
      waiting.add(job);
      scheduler.add(job);
    }
    if (waiting.size < WAITING) break;
    const placed = scheduler.place(asked.nowS * 1000);
    if (placed === null) {
      const ended = asked.end();
      allocated.end();
      if (ended === null) throw new Error(`${waiting.size} jobs wait for an empty machine`);
      scheduler.release(ended);
      continue;
    }
    if (started++ === Math.floor(jobs.length / 10)) {
      asked.startCounting();
      allocated.startCounting();
      waits = [];
    }
    const [job, allocation] = placed;
    asked.start(job.trace, allocation);
    allocated.start({ ...job.trace, boards: boardCountOf(allocation) }, allocation);
    waiting.delete(job);
    waits.push(waitOf(job, asked.nowS));
  }
  for (const job of waiting) waits.push(waitOf(job, asked.nowS));
  return {
    asked: asked.inUse(),
    allocated: allocated.inUse(),
    jobs: jobs.length,
    refused: trace.length - jobs.length,
    waits,
  };
}

function waitOf({ trace: { boards }, createdMs }: ReplayJob, nowS: number): Wait {
  return { boards, seconds: nowS - createdMs / 1000 };
}

/** The server's queue and search. */
export function serverScheduler(
  machine: Size & DeadBoardsAndLinks,
  settings: QueueSettings,
): Scheduler {
  const bitmaps = new BoardBitmaps(machine);
  const placer = new BatchPlacer();
  const queue = new MachineQueue<ReplayJob>(machine, queuePolicyOf(settings));
  const search = (jobs: readonly Pick<WaitingJob, "jobId" | "request">[], checkPossible: boolean) =>
    placer.place({
      bitmaps: bitmaps.buffer,
      items: jobs.map(({ jobId, request }) => ({ jobId, request, checkPossible })),
      overtake: queue.overtaking,
      largestWaiting: queue.largestWaiting(),
    }).results;
  return {
    isPossible: ({ request }) => search([{ jobId: 0, request }], true)[0]!.outcome !== "impossible",
    add: (job) => queue.add(job),
    place(nowMs) {
      const jobs = queue.candidates(BATCH_LIMIT, () => true);
      if (jobs.length === 0) return null;
      const { version } = queue;
      for (const [at, result] of search(jobs, false).entries()) {
        const job = jobs[at]!;
        if (result.outcome !== "placed") {
          if (result.outcome === "waiting") queue.didNotFit(job, version, result.rows);
          continue;
        }
        bitmaps.occupy(result.allocation);
        queue.remove(job);
        queue.started(job, nowMs);
        return [job, result.allocation];
      }
      return null;
    },
    release(allocation) {
      bitmaps.release(allocation);
      queue.roomChanged();
    },
  };
}

/** The Python server's: its pack tree, first come first served. */
export function baselineScheduler(machine: Size & DeadBoardsAndLinks): Scheduler {
  const allocator = new PackTreeAllocator(machine);
  const queue: ReplayJob[] = [];
  return {
    isPossible: ({ request }) => allocator.isPossible(request),
    add: (job) => void queue.push(job),
    place() {
      const job = queue[0];
      const allocation = job === undefined ? null : allocator.place(job.request);
      if (allocation === null) return null;
      return [queue.shift()!, allocation];
    },
    release: (allocation) => allocator.release(allocation),
  };
}
