/** Terms of the search: a batch of jobs for one machine, and what comes of each. */
import type { Allocation } from "../domain/allocation.js";
import type { PlacementRequest } from "../domain/request.js";

/** One job's turn in a batch. */
export interface SearchItem {
  readonly jobId: number;
  readonly request: PlacementRequest;
  /** False when it is known already that the machine as it is could hold it when empty. */
  readonly checkPossible: boolean;
}

/** All that waits for one machine, in queue order; placed one after the other. */
export interface SearchBatch {
  /** Shared board bitmaps of the machine (see board-bitmaps.ts). Only read. */
  readonly bitmaps: SharedArrayBuffer;
  readonly items: readonly SearchItem[];
  /** Whether jobs may be placed behind one that does not fit now; false is first come, first served. */
  readonly overtake: boolean;
  /**
   * Triads that the largest job asks for that has a turn and is known not to fit, so that it is not
   * among the items; small ones keep to the low rows for it, as for one of the items that does not
   * fit (low-rows.ts). 0, as by default, when there is none.
   */
  readonly largestWaiting?: number;
}

export type SearchResult =
  | { readonly outcome: "placed"; readonly allocation: Allocation }
  /**
   * Possible on this machine, but not now: it does not fit, or the queue's head does not. So many
   * rows, from the lowest on, were open to it.
   */
  | { readonly outcome: "waiting"; readonly rows: number }
  /** Possible only with quarantined boards back: without them the machine could not hold it even when empty. */
  | { readonly outcome: "needsWithheld" }
  /** The machine could not hold it even when empty, as it is or with quarantined boards back. */
  | { readonly outcome: "impossible" };

export interface SearchAnswer {
  /** Epoch of the snapshot that the batch was placed on. */
  readonly epoch: number;
  /**
   * The results of the first items, at least one, in the same order. The rest was not come to in the
   * time that a batch has: it belongs in the next one.
   */
  readonly results: readonly SearchResult[];
}
