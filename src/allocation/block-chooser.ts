/** The best position of a few shapes: corners by erosion, then the score of those worth scoring. */
import { BOARDS_PER_TRIAD, type Size } from "../geometry/index.js";
import { bitAt, type Grid, trailingZeros } from "./bit-rows.js";
import { type BlockLimits, BlockSurvey } from "./block-survey.js";
import { Eroder } from "./eroder.js";
import type { FreeBoard } from "./free-board.js";
import { Score } from "./score.js";
import type { SearchSpace } from "./search-space.js";
import type { Allocation } from "./types.js";

/** How many corners of one shape are scored at most. */
const MOST_SCORED = 32;
/** How many corners of one shape are looked for at first. */
const ENOUGH_CORNERS = 256;

export interface Choice {
  readonly allocation: Allocation | null;
  /** Whether a block of one of the shapes was free at all, spoiled by dead boards or links or not. */
  readonly anyFree: boolean;
}

const NOTHING_FREE: Choice = { allocation: null, anyFree: false };
const ALL_SPOILED: Choice = { allocation: null, anyFree: true };

export class BlockChooser {
  private readonly grid: Grid;
  private readonly eroder: Eroder;
  private readonly corners: Int32Array;
  private readonly survey: BlockSurvey;
  private readonly score: Score;
  private bestScore = -1;
  private bestX = 0;
  private bestY = 0;
  private bestShape: Size = { width: 0, height: 0 };

  constructor(private readonly space: SearchSpace) {
    this.grid = space.grid;
    this.eroder = new Eroder(space.grid);
    this.corners = new Int32Array(space.grid.planeWords);
    this.survey = new BlockSurvey(space.topology);
    this.score = new Score(space.grid);
  }

  /** The best place for one of the shapes, all of one area and no larger than the machine. */
  best(shapes: readonly Size[], limits: BlockLimits): Choice {
    this.bestScore = -1;
    let anyFree = false;
    for (const shape of shapes) {
      const { width, height } = shape;
      const found = this.findCorners(width, height, ENOUGH_CORNERS);
      if (found === 0) {
        this.space.noneFree(width, height);
        continue;
      }
      anyFree = true;
      this.considerCorners(shape, limits);
      if (this.bestScore >= 0) continue;
      if (found >= ENOUGH_CORNERS) this.findCorners(width, height, Number.POSITIVE_INFINITY);
      this.takeFirst(shape, limits);
    }
    if (!anyFree) return NOTHING_FREE;
    if (this.bestScore < 0) return ALL_SPOILED;
    const { bestX: x, bestY: y, bestShape } = this;
    const { width, height } = bestShape;
    const missing = this.survey.missing(x, y, width, height);
    return { allocation: { x, y, width, height, board: null, missing }, anyFree };
  }

  /** The first live board of the free triad that is best broken open. */
  boardOfBestTriad(): FreeBoard | null {
    const { grid, corners } = this;
    const { live } = this.space.topology;
    const { planeWords } = grid;
    let any = 0;
    for (let i = 0; i < planeWords; i++) {
      corners[i] =
        this.space.freeTriads[i]! & (live[i]! | live[i + planeWords]! | live[i + 2 * planeWords]!);
      any |= corners[i]!;
    }
    if (any === 0) return null;
    this.bestScore = -1;
    const triad = { width: 1, height: 1 };
    this.considerCorners(triad, null);
    if (this.bestScore < 0) this.takeFirst(triad, null);
    const { bestX: x, bestY: y } = this;
    for (let z = 0; z < BOARDS_PER_TRIAD; z++) {
      const plane = live.subarray(z * planeWords, (z + 1) * planeWords);
      if (bitAt(plane, grid, x, y) === 1) return { x, y, z };
    }
    return null;
  }

  /** Writes at least ENOUGH_CORNERS corners, or else all. Returns how many; 0 when there are none. */
  private findCorners(width: number, height: number, enough: number): number {
    const rows = this.space.rowsFor(width, height);
    if (rows === null) return 0;
    return this.eroder.erode(this.space.freeTriads, rows, this.corners, width, height, enough);
  }

  /** Scores the corners worth it. */
  private considerCorners(shape: Size, limits: BlockLimits | null): void {
    let left = MOST_SCORED;
    const { height, wordsPerRow } = this.grid;
    for (let y = 0; y < height && left > 0; y++) {
      for (let i = 0; i < wordsPerRow && left > 0; i++) {
        let word = this.extremal(y, i);
        while (word !== 0 && left > 0) {
          const bit = word & -word;
          word ^= bit;
          left--;
          this.consider(i * 32 + trailingZeros(bit), y, shape, limits);
        }
      }
    }
  }

  private consider(x: number, y: number, shape: Size, limits: BlockLimits | null): boolean {
    const { width, height } = shape;
    const score = this.score.of(this.space.freeTriads, x, y, width, height);
    if (score <= this.bestScore) return false;
    if (limits !== null && !this.survey.accepts(x, y, width, height, limits)) return false;
    this.bestScore = score;
    this.bestX = x;
    this.bestY = y;
    this.bestShape = shape;
    return true;
  }

  /** For when none of the corners worth it does: the first of all that does. */
  private takeFirst(shape: Size, limits: BlockLimits | null): void {
    const { height, wordsPerRow } = this.grid;
    for (let y = 0; y < height; y++) {
      for (let i = 0; i < wordsPerRow; i++) {
        let word = this.corners[y * wordsPerRow + i]!;
        while (word !== 0) {
          const bit = word & -word;
          word ^= bit;
          if (this.consider(i * 32 + trailingZeros(bit), y, shape, limits)) return;
        }
      }
    }
  }

  /**
   * The corners of one word from which the block cannot be moved both left and right, nor both up
   * and down: those where it leans on something in both directions.
   */
  private extremal(y: number, i: number): number {
    const { corners, grid } = this;
    const { width, height, wordsPerRow } = grid;
    const row = y * wordsPerRow;
    const word = corners[row + i]!;
    if (word === 0) return 0;
    const last = wordsPerRow - 1;
    const end = (width - 1) & 31;
    const before = i === 0 ? corners[row + last]! >>> end : corners[row + i - 1]! >>> 31;
    const after = i === last ? corners[row]! << end : corners[row + i + 1]! << 31;
    const canLeft = (word << 1) | (before & 1);
    const canRight = (word >>> 1) | after;
    const below = corners[(y === 0 ? height - 1 : y - 1) * wordsPerRow + i]!;
    const above = corners[(y === height - 1 ? 0 : y + 1) * wordsPerRow + i]!;
    return word & ~(canLeft & canRight) & ~(below & above);
  }
}
