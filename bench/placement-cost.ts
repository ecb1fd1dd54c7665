/** What one placement costs, by the size of the job: all its attempts and its free. */
import type { Allocation } from "../src/domain/allocation.js";
import type { PlacementRequest } from "../src/domain/request.js";
import { type Allocator, replay } from "./replay.js";
import type { TraceJob } from "./trace.js";

/** The most boards of each class; those of mixed.csv. */
export const SIZE_CLASSES = [1, 24, 120, 400] as const;

/** By class, microseconds a job; Infinity for a class without jobs. Two clock reads a call, some 0.1 µs, are in it. */
export function costBySize(
  jobs: readonly TraceJob[],
  boards: number,
  allocator: Allocator,
): number[] {
  const spentMs = SIZE_CLASSES.map(() => 0);
  const placed = SIZE_CLASSES.map(() => 0);
  const classOf = (asked: number) => SIZE_CLASSES.findIndex((most) => asked <= most);
  const classes = new Map<PlacementRequest, number>();
  for (const job of jobs) classes.set(job.request, classOf(job.boards));
  const classOfAllocation = new Map<Allocation, number>();
  const timed: Allocator = {
    place(request) {
      const index = classes.get(request)!;
      const began = performance.now();
      const allocation = allocator.place(request);
      spentMs[index]! += performance.now() - began;
      if (allocation !== null) {
        placed[index]!++;
        classOfAllocation.set(allocation, index);
      }
      return allocation;
    },
    release(allocation) {
      const index = classOfAllocation.get(allocation)!;
      classOfAllocation.delete(allocation);
      const began = performance.now();
      allocator.release(allocation);
      spentMs[index]! += performance.now() - began;
    },
  };
  replay(jobs, timed, boards);
  return spentMs.map((ms, index) =>
    placed[index] === 0 ? Number.POSITIVE_INFINITY : (ms * 1000) / placed[index]!,
  );
}
