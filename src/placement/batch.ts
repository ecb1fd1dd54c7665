/**
 * Placement of a batch: jobs that wait for one machine, one after the other, on a private copy of its
 * bitmaps. Small jobs leave the reserved rows free for a large one before them that does not fit.
 *
 *   fits                                  placed; its boards are taken for the jobs after it
 *   does not fit now                      waiting; without overtaking, so are all jobs after it
 *   would not fit on the empty machine    needs withheld boards, if it would fit with these back, and
 *                                         otherwise impossible; nobody waits behind it
 */
import { triadsAsked } from "../domain/request.js";
import type { SearchAnswer, SearchBatch, SearchItem, SearchResult } from "./batch-types.js";
import { bufferIdOf } from "./bitmaps/board-snapshot.js";
import { rowsOpenTo } from "./reserved-rows.js";
import { MachineSearch } from "./search/machine-search.js";

/** More machines than any facility has; one that is dropped is taken up again when it is needed. */
const MOST_MACHINES_KEPT = 64;

const NEEDS_WITHHELD: SearchResult = { outcome: "needsWithheld" };
const IMPOSSIBLE: SearchResult = { outcome: "impossible" };

/** How long a batch may take; what is left of it then belongs in the next one. */
export interface BatchTime {
  readonly mostMs: number;
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
}

/** Places batches, and keeps the searches of the machines it has seen. */
export class BatchPlacer {
  /** By the id of the buffer that holds the bitmaps, least recently used first. */
  private readonly machines = new Map<number, MachineSearch>();

  /** @param time null to place every batch to its end */
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
      const allocation = blocked ? null : machine.place(item.request, rows, item.avoid);
      const result: SearchResult =
        allocation === null
          ? unplaced(machine, item, blocked ? 0 : rows)
          : { outcome: "placed", allocation };
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

/** Places one batch, and keeps nothing. */
export function placeBatch(batch: SearchBatch): SearchAnswer {
  return new BatchPlacer().place(batch);
}

function unplaced(
  machine: MachineSearch,
  { request, checkPossible }: SearchItem,
  rows: number,
): SearchResult {
  if (!checkPossible || machine.isPossibleNow(request)) return { outcome: "waiting", rows };
  return machine.isPossible(request) ? NEEDS_WITHHELD : IMPOSSIBLE;
}
