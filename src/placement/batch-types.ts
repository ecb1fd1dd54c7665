/** Terms of the search: a batch of jobs for one machine, and what comes of each. */
import type { Allocation } from "../domain/allocation.js";
import type { PlacementRequest } from "../domain/request.js";

/** One job of a batch. */
export interface SearchItem {
  readonly jobId: number;
  readonly request: PlacementRequest;
  /** False when it is already known that the machine could hold the job if nothing else ran on it. */
  readonly checkPossible: boolean;
  /**
   * Boards, by their index, that are used only when there is no room without them: those of frames on
   * which boards failed the job. None when left out.
   */
  readonly avoid?: readonly number[];
}

/** Jobs that wait for one machine, in the order in which they are placed one after the other. */
export interface SearchBatch {
  /** Shared board bitmaps of the machine (board-bitmaps.ts). The search only reads them. */
  readonly bitmaps: SharedArrayBuffer;
  readonly items: readonly SearchItem[];
  /** Whether the jobs behind one that does not fit now are placed; if not, they all wait. */
  readonly overtake: boolean;
  /**
   * Triads that the largest eligible job asks for that is already known not to fit, and so is not
   * among the items. Small jobs leave the reserved rows free for it, as they do for an item that does
   * not fit (reserved-rows.ts). 0, the default, when there is none.
   */
  readonly largestWaiting?: number;
}

export type SearchResult =
  | { readonly outcome: "placed"; readonly allocation: Allocation }
  /**
   * The machine could hold it, but not now: it does not fit into the rows that are open to it, which
   * are this many from the lowest on. 0: it was not searched for, since a job before it does not fit and
   * must not be overtaken.
   */
  | { readonly outcome: "waiting"; readonly rows: number }
  /** The empty machine could hold it only with its withheld boards back. */
  | { readonly outcome: "needsWithheld" }
  /** The empty machine could not hold it, not even with its withheld boards back. */
  | { readonly outcome: "impossible" };

export interface SearchAnswer {
  /** Epoch of the snapshot that the batch was placed on. */
  readonly epoch: number;
  /**
   * The results of the first items, at least one, in the same order. There was no time for the
   * others: they belong in the next batch.
   */
  readonly results: readonly SearchResult[];
}
