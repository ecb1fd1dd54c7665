/**
 * Which shapes are feasible on a machine, whatever is in use, exactly: those with some block whose
 * allocation has enough boards and few enough dead links.
 *
 *   live boards   the most that a block of a shape can hold grows with the shape, so bounds found for
 *                 one shape hold for smaller or larger ones
 *   dead links    a corner from which a block has too many has too many for every larger one: only
 *                 the corners left over by a smaller shape are looked at (viable-corners.ts)
 *
 * Machines change rarely, and the same is asked for again and again: answers are kept.
 */
import { BOARDS_PER_TRIAD } from "../../domain/board.js";
import type { BlockLimits, BlockSurvey } from "./block-survey.js";
import { type Corner, ViableCorners } from "./viable-corners.js";

/** Clients choose the limits, so there is no end of them. Each takes a byte per shape. */
const MAX_LIMITS_KEPT = 64;
/** Each takes up to a hundred lists of corners. */
const MAX_CORNERS_KEPT = 16;

const UNKNOWN = 0;
const YES = 1;
const NO = 2;

export class FeasibleShapes {
  private readonly width: number;
  private readonly height: number;
  /** Triads whose board z = 0 is live. */
  private readonly corners: readonly Corner[];
  /** By {@link indexOf}: bounds for the most live boards of a shape. */
  private readonly liveAtLeast: Int32Array;
  private readonly liveAtMost: Int32Array;
  /** By limits: one of the answers above for each shape. */
  private readonly answers = new Map<string, Uint8Array>();
  /** By limits, and whether the shape spans the machine. */
  private readonly viableCorners = new Map<string, ViableCorners>();

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

  /** Whether some block of that shape, no larger than the machine, meets the limits when all is free. */
  has(width: number, height: number, limits: BlockLimits): boolean {
    const { minBoards } = limits;
    if (width * height * BOARDS_PER_TRIAD < minBoards) return false;
    if (this.survey.topology.hasNoFlaws) return true;
    if (!this.hasLive(width, height, minBoards)) return false;
    const limitsLinks = this.survey.limitsLinks(limits);
    if (!limitsLinks && minBoards <= 1) return true;
    const answers = this.answersFor(limits, limitsLinks);
    const at = this.indexOf(width, height);
    if (answers[at] === UNKNOWN) {
      answers[at] = this.findsBlock(width, height, limits, limitsLinks) ? YES : NO;
    }
    return answers[at] === YES;
  }

  private findsBlock(w: number, h: number, limits: BlockLimits, limitsLinks: boolean): boolean {
    const { survey, corners, viableCorners } = this;
    if (!limitsLinks || limits.countWrapping) {
      return corners.some(({ x, y }) => survey.accepts(x, y, w, h, limits));
    }
    // Boards reached around the torus are so only in shapes that span the machine.
    const spansMachine = w === this.width || h === this.height;
    const key = `${limits.minBoards} ${limits.maxDeadLinks} ${spansMachine}`;
    let remaining = viableCorners.get(key);
    if (remaining === undefined) {
      const margin = spansMachine ? 0 : 1;
      const largest = { width: this.width - margin, height: this.height - margin };
      if (viableCorners.size >= MAX_CORNERS_KEPT) viableCorners.clear();
      remaining = new ViableCorners(corners, survey, limits, largest);
      viableCorners.set(key, remaining);
    }
    return remaining.haveBlock(w, h);
  }

  private answersFor(
    { minBoards, maxDeadLinks, countWrapping }: BlockLimits,
    limitsLinks: boolean,
  ): Uint8Array {
    const key = `${minBoards} ${limitsLinks ? maxDeadLinks : "any"} ${countWrapping}`;
    let answers = this.answers.get(key);
    if (answers === undefined) {
      if (this.answers.size >= MAX_LIMITS_KEPT) this.answers.clear();
      answers = new Uint8Array(this.width * this.height);
      this.answers.set(key, answers);
    }
    return answers;
  }

  private indexOf(w: number, h: number): number {
    return (w - 1) * this.height + h - 1;
  }

  /** Whether some w × h block holds so many live boards. Bisects over all heights of that width. */
  private hasLive(w: number, h: number, boards: number): boolean {
    const { liveAtLeast, liveAtMost } = this;
    const at = this.indexOf(w, h);
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
    const known = liveAtMost[this.indexOf(w, h)]!;
    if (known === liveAtLeast[this.indexOf(w, h)]!) return known;
    let fewestDead = Number.POSITIVE_INFINITY;
    for (const { x, y } of this.corners) {
      const dead = topology.deadBoardsIn(x, y, w, h);
      if (dead < fewestDead) fewestDead = dead;
    }
    const most = Math.max(0, w * h * BOARDS_PER_TRIAD - fewestDead);
    for (let width = 1; width <= this.width; width++) {
      // Smaller shapes hold no more, larger ones no fewer.
      for (let i = this.indexOf(width, 1); width <= w && i <= this.indexOf(width, h); i++) {
        if (liveAtMost[i]! > most) liveAtMost[i] = most;
      }
      for (
        let i = this.indexOf(width, h);
        width >= w && i <= this.indexOf(width, this.height);
        i++
      ) {
        if (liveAtLeast[i]! < most) liveAtLeast[i] = most;
      }
    }
    return most;
  }
}
