/**
 * The corners that may do for one pair of limits, of boards and of dead links. For larger shapes they
 * are fewer, so those of a shape are sought among those that a smaller one left over: corners from
 * which it has few enough dead links, and from which enough boards are reached in the largest shape.
 */
import type { Size } from "../../domain/board.js";
import type { BlockLimits, BlockSurvey } from "./block-survey.js";

export interface Corner {
  readonly x: number;
  readonly y: number;
}

interface Left {
  readonly w: number;
  readonly h: number;
  readonly corners: readonly Corner[];
}

/** Enough for the minimal shapes of a request, one of which every larger shape holds. */
const MOST_KEPT = 100;
/** Lists are kept that are shorter than what they are taken from by such a factor. */
const WORTH_KEEPING = 4;

export class OpenCorners {
  private readonly left: Left[] = [];

  constructor(
    private readonly all: readonly Corner[],
    private readonly survey: BlockSurvey,
    private readonly limits: BlockLimits,
    /** Holds every shape that will be asked for. */
    private readonly largest: Size,
  ) {}

  /** Whether one of them does, for w × h blocks. */
  serves(w: number, h: number): boolean {
    const among = this.fewestFor(w, h);
    for (const { x, y } of among) if (this.survey.accepts(x, y, w, h, this.limits)) return true;
    const most = Math.floor(among.length / WORTH_KEEPING);
    const corners: Corner[] = [];
    for (const corner of among) {
      if (!this.mayDoFor(corner, w, h)) continue;
      if (corners.push(corner) > most) return false;
    }
    if (this.left.length >= MOST_KEPT) this.left.shift();
    if (among.length > 0) this.left.push({ w, h, corners });
    return false;
  }

  /** Whether it may do for shapes that hold w × h. */
  private mayDoFor({ x, y }: Corner, w: number, h: number): boolean {
    const { survey, limits, largest } = this;
    if (survey.hasTooManyDeadLinks(x, y, w, h, limits)) return false;
    return survey.reaches(x, y, largest.width, largest.height, limits.leastBoards);
  }

  private fewestFor(w: number, h: number): readonly Corner[] {
    let fewest = this.all;
    for (const { w: width, h: height, corners } of this.left) {
      if (width <= w && height <= h && corners.length < fewest.length) fewest = corners;
    }
    return fewest;
  }
}
