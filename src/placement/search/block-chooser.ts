/** The best block of a few shapes: finds corners by erosion, and scores those worth scoring. */

import type { Allocation } from "../../domain/allocation.js";
import { BOARDS_PER_TRIAD, type Size } from "../../domain/board.js";
import { bitAt, type Grid, trailingZeros } from "../bitmaps/bit-rows.js";
import type { BlockLimits, BlockSurvey } from "../feasibility/block-survey.js";
import type { FeasibleShapes } from "../feasibility/feasible-shapes.js";
import { BandCursor } from "./band-cursor.js";
import { Eroder } from "./eroder.js";
import { Score } from "./score.js";
import type { SearchSpace } from "./search-space.js";
import { Shortlist } from "./shortlist.js";
import type { FreeBoard } from "./spare-board.js";

/** How many corners, the best by contact and side, are compared by the room that they take. */
const SHORTLIST_SIZE = 8;
/** How many corners of one shape are scored at most. */
const MAX_SCORED = 32;

export interface Choice {
  readonly allocation: Allocation | null;
  /** Whether a block of one of the shapes was free, even if dead boards or links spoil it. */
  readonly anyFree: boolean;
}

const NOTHING_FREE: Choice = { allocation: null, anyFree: false };
const ALL_SPOILED: Choice = { allocation: null, anyFree: true };

const TRIAD: Size = { width: 1, height: 1 };

export class BlockChooser {
  private readonly grid: Grid;
  private readonly bands: BandCursor;
  private readonly eroder: Eroder;
  private readonly survey: BlockSurvey;
  private readonly score: Score;
  private readonly shortlist = new Shortlist(SHORTLIST_SIZE);

  constructor(
    private readonly space: SearchSpace,
    private readonly feasibleShapes: FeasibleShapes,
  ) {
    this.grid = space.grid;
    this.bands = new BandCursor(space);
    this.eroder = new Eroder(space.grid);
    this.survey = feasibleShapes.survey;
    this.score = new Score(space.grid);
  }

  /**
   * The best block for one of the shapes, all of one area and no larger than the machine.
   * @param rows how many, from the lowest on, may be used
   */
  best(shapes: readonly Size[], limits: BlockLimits, rows: number): Choice {
    this.shortlist.clear();
    let anyFree = false;
    for (const shape of shapes) {
      if (!this.considerSnugCorners(shape, limits, rows)) {
        this.space.failedShapesIn(rows).noteNoneFree(shape.width, shape.height);
        continue;
      }
      anyFree = true;
      if (this.shortlist.isEmpty && this.feasibleShapes.has(shape.width, shape.height, limits)) {
        this.takeFirst(shape, limits, rows);
      }
    }
    if (!anyFree) return NOTHING_FREE;
    if (this.shortlist.isEmpty) return ALL_SPOILED;
    const { x, y, shape } = this.shortlist.best(this.spoiledSquares);
    const { width, height } = shape;
    const missing = this.survey.missing(x, y, width, height);
    return { allocation: { x, y, width, height, board: null, missing }, anyFree };
  }

  /** The first live board of the free triad, in the lowest `rows`, that is best taken for it. */
  boardOfBestTriad(rows: number): FreeBoard | null {
    const { grid } = this;
    const { live } = this.space.topology;
    const { planeWords } = grid;
    this.shortlist.clear();
    if (!this.considerSnugCorners(TRIAD, null, rows)) return null;
    if (this.shortlist.isEmpty) this.takeFirst(TRIAD, null, rows);
    if (this.shortlist.isEmpty) return null;
    const { x, y } = this.shortlist.best(this.spoiledSquares);
    for (let z = 0; z < BOARDS_PER_TRIAD; z++) {
      const plane = live.subarray(z * planeWords, (z + 1) * planeWords);
      if (bitAt(plane, grid, x, y) === 1) return { x, y, z };
    }
    return null;
  }

  /**
   * Scores snug corners until enough are scored; the rest is left out. Returns whether there was any
   * corner at all.
   * @param limits null for one board of a triad: any live one will do
   */
  private considerSnugCorners(shape: Size, limits: BlockLimits | null, rows: number): boolean {
    const { bands, eroder } = this;
    const { wordsPerRow } = this.grid;
    const { width, height } = shape;
    let any = false;
    let left = MAX_SCORED;
    bands.start(width, height, rows);
    while (left > 0 && bands.next()) {
      const { from, count } = bands;
      if (!eroder.erode(this.space.freeTriads, from, count, width, height)) continue;
      any = true;
      for (let row = 0; row < count && left > 0; row++) {
        for (let i = 0; i < wordsPerRow && left > 0; i++) {
          let word = this.snugCorners(row, count, i);
          while (word !== 0 && left > 0) {
            const bit = word & -word;
            word ^= bit;
            left--;
            this.considerCorner(i * 32 + trailingZeros(bit), from + row, shape, limits);
          }
        }
      }
    }
    return any;
  }

  /** For when no scored corner meets the limits: takes the first of all that does. */
  private takeFirst(shape: Size, limits: BlockLimits | null, rows: number): void {
    const { bands, eroder } = this;
    const { wordsPerRow } = this.grid;
    const { width, height } = shape;
    bands.start(width, height, rows);
    while (bands.next()) {
      const { from, count } = bands;
      if (!eroder.erode(this.space.freeTriads, from, count, width, height)) continue;
      for (let row = 0; row < count; row++) {
        for (let i = 0; i < wordsPerRow; i++) {
          let word = eroder.band[row * wordsPerRow + i]!;
          while (word !== 0) {
            const bit = word & -word;
            word ^= bit;
            if (this.considerCorner(i * 32 + trailingZeros(bit), from + row, shape, limits)) return;
          }
        }
      }
    }
  }

  private readonly spoiledSquares = (x: number, y: number, { width, height }: Size): number =>
    this.score.spoiledSquares(this.space.freeTriads, x, y, width, height);

  private considerCorner(x: number, row: number, shape: Size, limits: BlockLimits | null): boolean {
    const { width, height } = shape;
    const y = row < 0 ? row + this.grid.height : row;
    const score = this.score.contactAndSide(this.space.freeTriads, x, y, width, height);
    if (!this.shortlist.admits(score)) return false;
    if (limits === null) {
      if (this.space.topology.deadBoardsIn(x, y, 1, 1) === BOARDS_PER_TRIAD) return false;
    } else if (!this.survey.accepts(x, y, width, height, limits)) return false;
    this.shortlist.add(x, y, shape, score);
    return true;
  }

  /**
   * The snug corners in one word of the band: the block cannot be moved both left and right, nor both
   * up and down, since in both directions it touches something taken, or the band's edge.
   */
  private snugCorners(row: number, count: number, i: number): number {
    const { grid } = this;
    const { band } = this.eroder;
    const { width, height, wordsPerRow } = grid;
    const start = row * wordsPerRow;
    const word = band[start + i]!;
    if (word === 0) return 0;
    const last = wordsPerRow - 1;
    const end = (width - 1) & 31;
    const before = i === 0 ? band[start + last]! >>> end : band[start + i - 1]! >>> 31;
    const after = i === last ? band[start]! << end : band[start + i + 1]! << 31;
    const canLeft = (word << 1) | (before & 1);
    const canRight = (word >>> 1) | after;
    const around = count === height;
    const below =
      row > 0 ? band[start - wordsPerRow + i]! : around ? band[(height - 1) * wordsPerRow + i]! : 0;
    const above = row < count - 1 ? band[start + wordsPerRow + i]! : around ? band[i]! : 0;
    return word & ~(canLeft & canRight) & ~(below & above);
  }
}
