/** The best position of a few shapes: corners by erosion, then the score of those worth scoring. */

import type { Allocation } from "../../domain/allocation.js";
import { BOARDS_PER_TRIAD, type Size } from "../../domain/board.js";
import { bitAt, type Grid, trailingZeros } from "../bitmaps/bit-rows.js";
import type { BlockLimits, BlockSurvey } from "../feasibility/block-survey.js";
import type { Prospects } from "../feasibility/feasible-shapes.js";
import { BandCursor } from "./band-cursor.js";
import { Finalists } from "./candidates.js";
import { Eroder } from "./eroder.js";
import type { FreeBoard } from "./free-board.js";
import { Score } from "./score.js";
import type { SearchSpace } from "./search-space.js";

/** How many of the places that lean best are compared by the room that they take. */
const FINALISTS = 8;
/** How many corners of one shape are scored at most. */
const MOST_SCORED = 32;

export interface Choice {
  readonly allocation: Allocation | null;
  /** Whether a block of one of the shapes was free at all, spoiled by dead boards or links or not. */
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
  private readonly finalists = new Finalists(FINALISTS);

  constructor(
    private readonly space: SearchSpace,
    private readonly prospects: Prospects,
  ) {
    this.grid = space.grid;
    this.bands = new BandCursor(space);
    this.eroder = new Eroder(space.grid);
    this.survey = prospects.survey;
    this.score = new Score(space.grid);
  }

  /**
   * The best place for one of the shapes, all of one area and no larger than the machine.
   * @param rows How many, from the lowest on, may hold it.
   */
  best(shapes: readonly Size[], limits: BlockLimits, rows: number): Choice {
    this.finalists.clear();
    let anyFree = false;
    for (const shape of shapes) {
      if (!this.considerLeaning(shape, limits, rows)) {
        this.space.failuresIn(rows).noneFree(shape.width, shape.height);
        continue;
      }
      anyFree = true;
      if (this.finalists.isEmpty && this.prospects.serves(shape.width, shape.height, limits)) {
        this.takeFirst(shape, limits, rows);
      }
    }
    if (!anyFree) return NOTHING_FREE;
    if (this.finalists.isEmpty) return ALL_SPOILED;
    const { x, y, shape } = this.finalists.best(this.roomTaken);
    const { width, height } = shape;
    const missing = this.survey.missing(x, y, width, height);
    return { allocation: { x, y, width, height, board: null, missing }, anyFree };
  }

  /** The first live board of the free triad, in the lowest `rows`, that is best broken open. */
  boardOfBestTriad(rows: number): FreeBoard | null {
    const { grid } = this;
    const { live } = this.space.topology;
    const { planeWords } = grid;
    this.finalists.clear();
    if (!this.considerLeaning(TRIAD, null, rows)) return null;
    if (this.finalists.isEmpty) this.takeFirst(TRIAD, null, rows);
    if (this.finalists.isEmpty) return null;
    const { x, y } = this.finalists.best(this.roomTaken);
    for (let z = 0; z < BOARDS_PER_TRIAD; z++) {
      const plane = live.subarray(z * planeWords, (z + 1) * planeWords);
      if (bitAt(plane, grid, x, y) === 1) return { x, y, z };
    }
    return null;
  }

  /**
   * Scores corners from which the block leans on something, until enough are scored; the rest is
   * left out. Returns whether there was any corner at all.
   * @param limits Null for one board of a triad: any live one will do.
   */
  private considerLeaning(shape: Size, limits: BlockLimits | null, rows: number): boolean {
    const { bands, eroder } = this;
    const { wordsPerRow } = this.grid;
    const { width, height } = shape;
    let any = false;
    let left = MOST_SCORED;
    bands.start(width, height, rows);
    while (left > 0 && bands.next()) {
      const { from, count } = bands;
      if (!eroder.erode(this.space.freeTriads, from, count, width, height)) continue;
      any = true;
      for (let row = 0; row < count && left > 0; row++) {
        for (let i = 0; i < wordsPerRow && left > 0; i++) {
          let word = this.leaning(row, count, i);
          while (word !== 0 && left > 0) {
            const bit = word & -word;
            word ^= bit;
            left--;
            this.consider(i * 32 + trailingZeros(bit), from + row, shape, limits);
          }
        }
      }
    }
    return any;
  }

  /** For when none of the corners scored does: the first of all that does. */
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
            if (this.consider(i * 32 + trailingZeros(bit), from + row, shape, limits)) return;
          }
        }
      }
    }
  }

  private readonly roomTaken = (x: number, y: number, { width, height }: Size): number =>
    this.score.roomTaken(this.space.freeTriads, x, y, width, height);

  private consider(x: number, row: number, shape: Size, limits: BlockLimits | null): boolean {
    const { width, height } = shape;
    const y = row < 0 ? row + this.grid.height : row;
    const score = this.score.lean(this.space.freeTriads, x, y, width, height);
    if (!this.finalists.admits(score)) return false;
    if (limits === null) {
      if (this.space.topology.deadBoardsIn(x, y, 1, 1) === BOARDS_PER_TRIAD) return false;
    } else if (!this.survey.accepts(x, y, width, height, limits)) return false;
    this.finalists.add(x, y, shape, score);
    return true;
  }

  /**
   * The corners of one word of the band from which the block cannot be moved both left and right, nor
   * both up and down: those where it leans on something in both directions, or on the band's edge.
   */
  private leaning(row: number, count: number, i: number): number {
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
