/**
 * Placing a batch: the jobs that wait for one machine, one after the other, on a private copy. To
 * small ones that come after a large one which does not fit, only the low rows are open.
 *
 *   fits                        placed; its boards are taken for the jobs after it
 *   does not fit now            waiting; without overtaking so are all jobs after it
 *   would not fit when empty    lacking, if it would with the machine's quarantined boards back, else
 *                               impossible; holds up nobody
 */
import { triadsAsked } from "../domain/request.js";
import type { SearchAnswer, SearchBatch, SearchItem, SearchResult } from "./batch-terms.js";
import { bufferIdOf } from "./bitmaps/board-snapshot.js";
import { rowsOpenTo } from "./reserved-rows.js";
import { MachineSearch } from "./search/machine-search.js";

/** More machines than a facility has; a search that is dropped is only made again. */
const MOST_MACHINES_KEPT = 64;

const LACKING: SearchResult = { outcome: "needsWithheld" };
const IMPOSSIBLE: SearchResult = { outcome: "impossible" };

/** How long one batch may take before the rest of it is left for the next one. */
export interface BatchTime {
  readonly mostMs: number;
  /** Milliseconds since some moment. */
  readonly now: () => number;
}

/** Places batches, and keeps the searches of the machines it has seen. */
export class BatchPlacer {
  /** By id of the bitmaps' buffer, least recently used first. */
  private readonly machines = new Map<number, MachineSearch>();

  /** @param time without it a batch is always placed to its end */
  constructor(private readonly time: BatchTime | null = null) {}

  place({ bitmaps, items, overtake, largestWaiting = 0 }: SearchBatch): SearchAnswer {
    const machine = this.machineOf(bitmaps);
    const epoch = machine.refresh();
    const { time } = this;
    const end = time === null ? 0 : time.now() + time.mostMs;
    const results: SearchResult[] = [];
    let blocked = false;
    let largest = largestWaiting;
    for (const item of items) {
      const rows = rowsOpenTo(item.request, largest, machine.size);
      const allocation = blocked ? null : machine.place(item.request, rows);
      const result: SearchResult =
        allocation === null ? unplaced(machine, item, rows) : { outcome: "placed", allocation };
      if (result.outcome === "waiting") {
        if (overtake) largest = Math.max(largest, triadsAsked(item.request));
        else blocked = true;
      }
      results.push(result);
      if (time !== null && time.now() >= end) break;
    }
    return { epoch, results };
  }

  private machineOf(bitmaps: SharedArrayBuffer): MachineSearch {
    const id = bufferIdOf(bitmaps);
    const machine = this.machines.get(id) ?? new MachineSearch(bitmaps);
    this.machines.delete(id);
    this.machines.set(id, machine);
    if (this.machines.size > MOST_MACHINES_KEPT) {
      const [oldest] = this.machines.keys();
      this.machines.delete(oldest!);
    }
    return machine;
  }
}

/** Places one batch, keeping nothing. */
export function placeBatch(batch: SearchBatch): SearchAnswer {
  return new BatchPlacer().place(batch);
}

function unplaced(
  machine: MachineSearch,
  { request, checkPossible }: SearchItem,
  rows: number,
): SearchResult {
  if (!checkPossible || machine.isPossibleNow(request)) return { outcome: "waiting", rows };
  return machine.isPossible(request) ? LACKING : IMPOSSIBLE;
}
