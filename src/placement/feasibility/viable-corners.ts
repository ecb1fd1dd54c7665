/**
 * The corners at which blocks may meet one pair of limits, of boards and of dead links. Larger shapes
 * have fewer of them, so those of a shape are looked for among the ones that a smaller shape left over:
 * corners from which it has few enough dead links, and from which the largest shape reaches enough
 * boards.
 */
import type { Size } from "../../domain/board.js";
import type { BlockLimits, BlockSurvey } from "./block-survey.js";

export interface Corner {
  readonly x: number;
  readonly y: number;
}

/** What a shape left over. */
interface Remaining {
  readonly w: number;
  readonly h: number;
  readonly corners: readonly Corner[];
}

/** Enough for the minimal shapes of a request, one of which every larger shape holds. */
const MAX_KEPT = 100;
/** A list is kept only if it is shorter than the one it was taken from by this factor. */
const MIN_REDUCTION = 4;

export class ViableCorners {
  private readonly remaining: Remaining[] = [];

  constructor(
    private readonly all: readonly Corner[],
    private readonly survey: BlockSurvey,
    private readonly limits: BlockLimits,
    /** Holds every shape that will be asked for. */
    private readonly largest: Size,
  ) {}

  /** Whether a w × h block at one of them meets the limits. */
  haveBlock(w: number, h: number): boolean {
    const among = this.fewestFor(w, h);
    for (const { x, y } of among) if (this.survey.accepts(x, y, w, h, this.limits)) return true;
    const most = Math.floor(among.length / MIN_REDUCTION);
    const corners: Corner[] = [];
    for (const corner of among) {
      if (!this.isViable(corner, w, h)) continue;
      if (corners.push(corner) > most) return false;
    }
    if (this.remaining.length >= MAX_KEPT) this.remaining.shift();
    if (among.length > 0) this.remaining.push({ w, h, corners });
    return false;
  }

  /** Whether a shape that holds w × h may meet the limits at the corner. */
  private isViable({ x, y }: Corner, w: number, h: number): boolean {
    const { survey, limits, largest } = this;
    if (survey.hasTooManyDeadLinks(x, y, w, h, limits)) return false;
    return survey.reaches(x, y, largest.width, largest.height, limits.minBoards);
  }

  private fewestFor(w: number, h: number): readonly Corner[] {
    let fewest = this.all;
    for (const { w: width, h: height, corners } of this.remaining) {
      if (width <= w && height <= h && corners.length < fewest.length) fewest = corners;
    }
    return fewest;
  }
}
