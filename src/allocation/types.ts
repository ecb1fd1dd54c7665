/** Terms of allocation: what a job asks for, what it gets, and what the search answers. */
import type { BoardCoordinate } from "../geometry/index.js";

/** What a job asks of a machine. Checked: whole numbers, finite ratios. */
export interface PlacementRequest {
  readonly size: /** At least so many boards, as one board (1) or as a rectangle of whole triads. */
    | { readonly kind: "boards"; readonly boards: number }
    /** That rectangle of triads. */
    | { readonly kind: "triads"; readonly width: number; readonly height: number }
    /** Exactly that board. */
    | { readonly kind: "board"; readonly board: BoardCoordinate };
  /** Least short side / long side of the rectangle chosen for a number of boards; above 1, its inverse. */
  readonly minRatio: number;
  /** How many boards fewer than asked for will do; null for any number. */
  readonly maxDeadBoards: number | null;
  /** How many dead links between boards of the allocation will do; null for any number. */
  readonly maxDeadLinks: number | null;
  /** Only the whole machine, wrapping both ways, will do. */
  readonly requireTorus: boolean;
}

/**
 * Boards given to one job: a block of triads, which may wrap around the torus, less the boards that
 * are dead or not reachable; or a single board.
 */
export interface Allocation {
  /** Bottom-left triad of the block. 0 ≤ x < machine width, 0 ≤ y < machine height. */
  readonly x: number;
  readonly y: number;
  /** Size of the block in triads; 1 × 1 for a single board. */
  readonly width: number;
  readonly height: number;
  /** z of a single-board allocation, null for a block. */
  readonly board: 0 | 1 | 2 | null;
  /**
   * Boards of the block that do not belong to the allocation, as indices into the block,
   * (dx · height + dy) · 3 + z with dx, dy relative to (x, y). Ascending. Empty for a single board.
   */
  readonly missing: readonly number[];
}

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
  | { readonly outcome: "lacking" }
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
