/** The jobs of several shares in the order in which they would start if each fitted. */
import { triadsAsked } from "../../../domain/request.js";
import type { WaitingJob } from "../waiting-job.js";
import type { OrderedSet, Walk } from "./ordered-set.js";
import type { Share } from "./share.js";

/** The next job of a share, and what its host will have been given by then. */
interface Next<Job> {
  job: Job;
  given: number;
  readonly rest: Walk<Job>;
}

/**
 * The first jobs of all, at most `limit`.
 * @param shares in their order; no more are looked at than are needed
 */
export function inFairOrder<Job extends WaitingJob>(
  shares: OrderedSet<Share<Job>>,
  limit: number,
): Job[] {
  const found: Job[] = [];
  const firsts = shares.walk();
  let share = firsts.next();
  /** A binary heap of the jobs that are not the first of their share. */
  const heap: Next<Job>[] = [];
  while (found.length < limit) {
    const next = heap[0];
    if (share !== undefined && (next === undefined || share.given <= next.given)) {
      const entry = { job: share.first, given: share.given, rest: share.jobs.walk() };
      entry.rest.next();
      found.push(entry.job);
      if (advance(entry)) rise(heap, entry);
      share = firsts.next();
    } else if (next === undefined) break;
    else {
      found.push(next.job);
      if (advance(next)) {
        if (heap.length > 1) sink(heap, next);
      } else {
        const last = heap.pop()!;
        if (last !== next) sink(heap, last);
      }
    }
  }
  return found;
}

/** Goes on to the next job of the share; false if there is none. */
function advance<Job extends WaitingJob>(entry: Next<Job>): boolean {
  const next = entry.rest.next();
  if (next === undefined) return false;
  entry.given += triadsAsked(entry.job.request);
  entry.job = next;
  return true;
}

function isBefore<Job extends WaitingJob>(a: Next<Job>, b: Next<Job>): boolean {
  return a.given !== b.given ? a.given < b.given : a.job.jobId < b.job.jobId;
}

/** Puts an entry in from the end of the heap. */
function rise<Job extends WaitingJob>(heap: Next<Job>[], entry: Next<Job>): void {
  let at = heap.length;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (isBefore(heap[parent]!, entry)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = entry;
}

/** Puts an entry in from the top of the heap, in the place of the one there. */
function sink<Job extends WaitingJob>(heap: Next<Job>[], entry: Next<Job>): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
    if (isBefore(entry, heap[child]!)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = entry;
}
