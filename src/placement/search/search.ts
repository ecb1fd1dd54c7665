/**
 * Where a request can be placed. Finds an allocation whenever there is one, and the best by score
 * among those looked at.
 *
 *   one board       a spare one; else one of the best free triad
 *   triads w × h    every position of that block
 *   boards n > 1    1. the minimal shapes, fewest surplus triads first, all positions of each;
 *                   2. only when blocks are free but dead boards or links spoil them all: every
 *                      larger allowed shape, fewest surplus triads first
 *   torus           every position of the block that is the whole machine
 *
 * All of it within the rows, from the lowest on, that the request may use (reserved-rows.ts).
 */

import { type Allocation, singleBoard } from "../../domain/allocation.js";
import { BOARDS_PER_TRIAD, type BoardCoordinate, isInside, type Size } from "../../domain/board.js";
import type { PlacementRequest } from "../../domain/request.js";
import { type BlockLimits, limitsOf } from "../feasibility/block-survey.js";
import type { FeasibleShapes } from "../feasibility/feasible-shapes.js";
import {
  isAllowed,
  largestShape,
  minimalShapes,
  type ShapeRule,
  ShapesByArea,
  shapeRule,
} from "../feasibility/shapes.js";
import { BlockChooser } from "./block-chooser.js";
import type { SearchSpace } from "./search-space.js";
import { findSpareBoard } from "./spare-board.js";

export class Search {
  private readonly chooser: BlockChooser;
  /** Minimal shapes by rule; the same few sizes are asked for again and again. */
  private readonly minimal = new Map<string, Size[][]>();
  /** Made when first needed. */
  private allShapes: ShapesByArea | null = null;

  constructor(
    private readonly space: SearchSpace,
    private readonly feasibleShapes: FeasibleShapes,
  ) {
    this.chooser = new BlockChooser(space, feasibleShapes);
  }

  /**
   * An allocation for the request in the space as it is now, or null when there is none.
   * @param rows how many, from the lowest on, it may use; a board by its coordinates may be in any
   */
  find(request: PlacementRequest, rows: number): Allocation | null {
    const { size } = request;
    if (size.kind === "board") return request.requireTorus ? null : this.exactBoard(size.board);
    if (size.kind === "triads") return this.rectangle(request, size, rows);
    if (size.boards < 1) return null;
    if (size.boards === 1) return request.requireTorus ? null : this.anyBoard(rows);
    return this.someRectangle(request, size.boards, rows);
  }

  private exactBoard(board: BoardCoordinate): Allocation | null {
    const { grid, topology, busy } = this.space;
    if (!isInside(board, grid)) return null;
    const [x, y, z] = board;
    const index = z * grid.planeWords + y * grid.wordsPerRow + (x >>> 5);
    if ((topology.live[index]! & ~busy[index]! & (1 << (x & 31))) === 0) return null;
    return singleBoard(board);
  }

  private anyBoard(rows: number): Allocation | null {
    const board = findSpareBoard(this.space, rows) ?? this.chooser.boardOfBestTriad(rows);
    return board === null ? null : singleBoard([board.x, board.y, board.z]);
  }

  private rectangle(
    request: PlacementRequest,
    { width, height }: Size,
    rows: number,
  ): Allocation | null {
    const { grid } = this.space;
    if (width < 1 || height < 1 || width > grid.width || height > grid.height) return null;
    if (request.requireTorus && (width !== grid.width || height !== grid.height)) return null;
    const asked = width * height * BOARDS_PER_TRIAD;
    return this.chooser.best([{ width, height }], limitsOf(request, asked), rows).allocation;
  }

  private someRectangle(
    request: PlacementRequest,
    boards: number,
    rows: number,
  ): Allocation | null {
    const { grid, topology } = this.space;
    const rule = shapeRule(boards, request.minRatio);
    const limits = limitsOf(request, boards);
    const triads = grid.width * grid.height;
    if (rule.triads > triads || limits.minBoards > topology.liveBoards) return null;
    if (request.requireTorus) {
      const { width, height } = grid;
      if (!isAllowed(rule, width, height)) return null;
      return this.chooser.best([{ width, height }], limits, rows).allocation;
    }
    let spoiled = false;
    for (const shapes of this.minimalShapes(rule)) {
      const choice = this.chooser.best(shapes, limits, rows);
      if (choice.allocation !== null) return choice.allocation;
      spoiled ||= choice.anyFree;
    }
    if (!spoiled || !this.largestHasEnough(rule, limits)) return null;
    this.allShapes ??= new ShapesByArea(grid);
    const isFeasible = (w: number, h: number) => this.feasibleShapes.has(w, h, limits);
    for (const shapes of this.allShapes.allowed(rule, isFeasible)) {
      const { allocation } = this.chooser.best(shapes, limits, rows);
      if (allocation !== null) return allocation;
    }
    return null;
  }

  /** Whether a larger shape may have enough boards: none has more than the largest. */
  private largestHasEnough(rule: ShapeRule, limits: BlockLimits): boolean {
    const { width, height } = largestShape(rule, this.space.grid);
    return this.feasibleShapes.has(width, height, {
      ...limits,
      maxDeadLinks: Number.POSITIVE_INFINITY,
    });
  }

  private minimalShapes(rule: ShapeRule): Size[][] {
    const key = `${rule.triads} ${rule.ratio}`;
    let shapes = this.minimal.get(key);
    if (shapes === undefined) {
      shapes = minimalShapes(rule, this.space.grid);
      if (this.minimal.size >= MAX_RULES_KEPT) this.minimal.clear();
      this.minimal.set(key, shapes);
    }
    return shapes;
  }
}

/** Clients choose the ratio, so there is no end of rules. */
const MAX_RULES_KEPT = 10_000;
