/** Requests: what a job asks of a machine. */
import { BOARDS_PER_TRIAD, type BoardCoordinate } from "./board.js";

/** What a job asks of a machine. Already checked: numbers are whole, ratios finite. */
export interface PlacementRequest {
  readonly size: /** At least so many boards: one board, or a rectangle of whole triads. */
    | { readonly kind: "boards"; readonly boards: number }
    /** That rectangle of triads. */
    | { readonly kind: "triads"; readonly width: number; readonly height: number }
    /** Exactly that board. */
    | { readonly kind: "board"; readonly board: BoardCoordinate };
  /** Least short side / long side of the rectangle for a number of boards; above 1 the inverse counts. */
  readonly minRatio: number;
  /** How many fewer boards than asked for will do; null for any number. */
  readonly maxDeadBoards: number | null;
  /** How many dead links between boards of the allocation will do; null for any number. */
  readonly maxDeadLinks: number | null;
  /** Only the whole machine, wrapping both ways, will do. */
  readonly requireTorus: boolean;
}

/** The number of triads that a request takes at least. */
export function triadsAsked({ size }: PlacementRequest): number {
  if (size.kind === "boards") return Math.ceil(size.boards / BOARDS_PER_TRIAD);
  return size.kind === "board" ? 1 : size.width * size.height;
}

/** Requests with the same key ask the same of a machine. */
export function requestKey(request: PlacementRequest): string {
  const { size, minRatio, maxDeadBoards, maxDeadLinks, requireTorus } = request;
  return JSON.stringify([size, minRatio, maxDeadBoards, maxDeadLinks, requireTorus]);
}
