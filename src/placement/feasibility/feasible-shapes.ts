/**
 * Which shapes a machine can serve at all, whatever is in use, exactly: a shape with some position
 * whose allocation has enough boards and few enough dead links.
 *
 *   live boards   the most that a block of a shape holds grow with the shape, so bounds found for one
 *                 shape hold for smaller or larger ones
 *   dead links    a corner from which a block has too many has too many for every larger one: only
 *                 the corners left over by a smaller shape are looked at (open-corners.ts)
 *
 * Machines do not change often, and people ask for the same again and again: answers are kept.
 */
import { BOARDS_PER_TRIAD } from "../../domain/board.js";
import type { BlockLimits, BlockSurvey } from "./block-survey.js";
import { type Corner, OpenCorners } from "./open-corners.js";

/** Clients choose the limits, so they are without end. Each takes a byte a shape. */
const MOST_LIMITS_KEPT = 64;
/** Each takes up to a hundred lists of corners. */
const MOST_CORNERS_KEPT = 16;

const UNKNOWN = 0;
const YES = 1;
const NO = 2;

export class Prospects {
  private readonly width: number;
  private readonly height: number;
  /** Triads whose board (x, y, 0) lives. */
  private readonly corners: readonly Corner[];
  /** By {@link at}: bounds for the most live boards of a shape. */
  private readonly liveAtLeast: Int32Array;
  private readonly liveAtMost: Int32Array;
  /** By limits: one of the answers above for each shape. */
  private readonly answers = new Map<string, Uint8Array>();
  /** By limits, and whether the shape goes around the machine. */
  private readonly open = new Map<string, OpenCorners>();

  constructor(readonly survey: BlockSurvey) {
    const { grid, dead } = survey.topology;
    const { width, height } = grid;
    this.width = width;
    this.height = height;
    const corners: Corner[] = [];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (dead[(x * height + y) * BOARDS_PER_TRIAD] === 0) corners.push({ x, y });
      }
    }
    this.corners = corners;
    this.liveAtLeast = new Int32Array(width * height);
    this.liveAtMost = new Int32Array(width * height).fill(dead.length);
  }

  /** Whether a block of that shape, no larger than the machine, does when nothing is in use. */
  serves(width: number, height: number, limits: BlockLimits): boolean {
    const { leastBoards } = limits;
    if (width * height * BOARDS_PER_TRIAD < leastBoards) return false;
    if (this.survey.topology.isWhole) return true;
    if (!this.hasLive(width, height, leastBoards)) return false;
    const limitsLinks = this.survey.limitsLinks(limits);
    if (!limitsLinks && leastBoards <= 1) return true;
    const answers = this.answersFor(limits, limitsLinks);
    const at = this.at(width, height);
    if (answers[at] === UNKNOWN) {
      answers[at] = this.findsPlace(width, height, limits, limitsLinks) ? YES : NO;
    }
    return answers[at] === YES;
  }

  private findsPlace(w: number, h: number, limits: BlockLimits, limitsLinks: boolean): boolean {
    const { survey, corners, open } = this;
    if (!limitsLinks || limits.countWrapping) {
      return corners.some(({ x, y }) => survey.accepts(x, y, w, h, limits));
    }
    // What is reached around the machine is so only in shapes that go around it.
    const goesAround = w === this.width || h === this.height;
    const key = `${limits.leastBoards} ${limits.mostDeadLinks} ${goesAround}`;
    let left = open.get(key);
    if (left === undefined) {
      const less = goesAround ? 0 : 1;
      const largest = { width: this.width - less, height: this.height - less };
      if (open.size >= MOST_CORNERS_KEPT) open.clear();
      left = new OpenCorners(corners, survey, limits, largest);
      open.set(key, left);
    }
    return left.serves(w, h);
  }

  private answersFor(
    { leastBoards, mostDeadLinks, countWrapping }: BlockLimits,
    limitsLinks: boolean,
  ): Uint8Array {
    const key = `${leastBoards} ${limitsLinks ? mostDeadLinks : "any"} ${countWrapping}`;
    let answers = this.answers.get(key);
    if (answers === undefined) {
      if (this.answers.size >= MOST_LIMITS_KEPT) this.answers.clear();
      answers = new Uint8Array(this.width * this.height);
      this.answers.set(key, answers);
    }
    return answers;
  }

  private at(w: number, h: number): number {
    return (w - 1) * this.height + h - 1;
  }

  /** Whether a w × h block holds so many live boards. Finds out for every height of that width. */
  private hasLive(w: number, h: number, boards: number): boolean {
    const { liveAtLeast, liveAtMost } = this;
    const at = this.at(w, h);
    let low = 1;
    let high = this.height;
    while (liveAtMost[at]! >= boards && liveAtLeast[at]! < boards) {
      const middle = (low + high) >>> 1;
      if (this.mostLive(w, middle) >= boards) high = middle;
      else low = middle + 1;
    }
    return liveAtLeast[at]! >= boards;
  }

  private mostLive(w: number, h: number): number {
    const { liveAtLeast, liveAtMost } = this;
    const { topology } = this.survey;
    const known = liveAtMost[this.at(w, h)]!;
    if (known === liveAtLeast[this.at(w, h)]!) return known;
    let fewestDead = Number.POSITIVE_INFINITY;
    for (const { x, y } of this.corners) {
      const dead = topology.deadBoardsIn(x, y, w, h);
      if (dead < fewestDead) fewestDead = dead;
    }
    const most = Math.max(0, w * h * BOARDS_PER_TRIAD - fewestDead);
    for (let width = 1; width <= this.width; width++) {
      // Smaller shapes hold no more, larger ones no fewer.
      for (let i = this.at(width, 1); width <= w && i <= this.at(width, h); i++) {
        if (liveAtMost[i]! > most) liveAtMost[i] = most;
      }
      for (let i = this.at(width, h); width >= w && i <= this.at(width, this.height); i++) {
        if (liveAtLeast[i]! < most) liveAtLeast[i] = most;
      }
    }
    return most;
  }
}
