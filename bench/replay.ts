/**
 * Replays a trace at saturation, in simulated time: there are always jobs waiting, first come is
 * first served, each job is destroyed its duration after it was placed, and its boards are free at
 * once. Nothing happens in between, so the time it takes is that of the allocator.
 */
import type { Allocation } from "../src/domain/allocation.js";
import type { PlacementRequest } from "../src/domain/request.js";
import type { TraceJob } from "./trace.js";

export interface Allocator {
  place(request: PlacementRequest): Allocation | null;
  release(allocation: Allocation): void;
}

export interface Replay {
  readonly placements: number;
  readonly seconds: number;
  /** Share of the machine's boards in use, counting what was asked for, since a tenth had started. */
  readonly inUse: number;
}

/** @throws Error when a job cannot be placed on the empty machine. */
export function replay(jobs: readonly TraceJob[], allocator: Allocator, boards: number): Replay {
  const running = new RunningJobs(boards);
  const began = performance.now();
  for (let next = 0; next < jobs.length; ) {
    const job = jobs[next]!;
    const allocation = allocator.place(job.request);
    if (allocation !== null) {
      if (next === Math.floor(jobs.length / 10)) running.startCounting();
      running.start(job, allocation);
      next++;
      continue;
    }
    const ended = running.end();
    if (ended === null) throw new Error(`a job of ${job.boards} boards does not fit when empty`);
    allocator.release(ended);
  }
  const seconds = (performance.now() - began) / 1000;
  return { placements: jobs.length, seconds, inUse: running.inUse() };
}

interface Running {
  readonly endS: number;
  readonly boards: number;
  readonly allocation: Allocation;
}

/** Jobs by the time they end (a binary heap), and the boards in use over time. */
export class RunningJobs {
  private readonly heap: Running[] = [];
  private seconds = 0;
  private countedFromS = 0;
  private boardsInUse = 0;
  private boardSeconds = 0;

  constructor(private readonly machineBoards: number) {}

  get nowS(): number {
    return this.seconds;
  }

  get count(): number {
    return this.heap.length;
  }

  startCounting(): void {
    this.countedFromS = this.seconds;
    this.boardSeconds = 0;
  }

  start(job: TraceJob, allocation: Allocation): void {
    this.boardsInUse += job.boards;
    const { heap } = this;
    const entry = { endS: this.seconds + job.durationS, boards: job.boards, allocation };
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.endS <= entry.endS) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Lets time pass until the next job ends; null when none is running. */
  end(): Allocation | null {
    const { heap } = this;
    const ended = heap[0];
    if (ended === undefined) return null;
    const last = heap.pop()!;
    if (heap.length > 0) this.sink(last);
    this.boardSeconds += this.boardsInUse * (ended.endS - this.seconds);
    this.seconds = ended.endS;
    this.boardsInUse -= ended.boards;
    return ended.allocation;
  }

  inUse(): number {
    return this.boardSeconds / (this.seconds - this.countedFromS) / this.machineBoards;
  }

  private sink(entry: Running): void {
    const { heap } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.endS < heap[child]!.endS) child++;
      if (entry.endS <= heap[child]!.endS) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = entry;
  }
}
