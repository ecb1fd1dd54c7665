/** Which requests a machine could hold if none of its boards were in use, exactly. */
import { BOARDS_PER_TRIAD, boardIndex, isInside } from "../../domain/board.js";
import type { PlacementRequest } from "../../domain/request.js";
import { type BlockLimits, limitsOf } from "./block-survey.js";
import type { FeasibleShapes } from "./feasible-shapes.js";
import { isAllowed, largestShape, ShapesByArea, shapeRule } from "./shapes.js";

/** Clients choose sizes and limits, so there is no end of requests. */
const MAX_VERDICTS_KEPT = 10_000;

export class EmptyMachine {
  /** Whether it holds a request, by the request's JSON. */
  private readonly verdicts = new Map<string, boolean>();
  /** Made when first needed. */
  private allShapes: ShapesByArea | null = null;

  constructor(private readonly feasibleShapes: FeasibleShapes) {}

  holds(request: PlacementRequest): boolean {
    const key = JSON.stringify(request);
    let verdict = this.verdicts.get(key);
    if (verdict === undefined) {
      verdict = this.decide(request);
      if (this.verdicts.size >= MAX_VERDICTS_KEPT) this.verdicts.clear();
      this.verdicts.set(key, verdict);
    }
    return verdict;
  }

  private decide(request: PlacementRequest): boolean {
    const { topology } = this.feasibleShapes.survey;
    const { grid } = topology;
    const { size, requireTorus } = request;
    if (size.kind === "board") {
      if (requireTorus || !isInside(size.board, grid)) return false;
      return topology.dead[boardIndex(size.board, grid)] === 0;
    }
    if (size.kind === "triads") {
      const { width, height } = size;
      if (width < 1 || height < 1 || width > grid.width || height > grid.height) return false;
      if (requireTorus && (width !== grid.width || height !== grid.height)) return false;
      const limits = limitsOf(request, width * height * BOARDS_PER_TRIAD);
      return this.feasibleShapes.has(width, height, limits);
    }
    if (size.boards < 1) return false;
    if (size.boards === 1) return !requireTorus && topology.liveBoards > 0;
    return this.holdsBoards(request, size.boards);
  }

  private holdsBoards(request: PlacementRequest, boards: number): boolean {
    const { feasibleShapes } = this;
    const { grid } = feasibleShapes.survey.topology;
    const rule = shapeRule(boards, request.minRatio);
    const limits = limitsOf(request, boards);
    const largest = largestShape(rule, grid);
    if (!isAllowed(rule, largest.width, largest.height)) return false;
    if (request.requireTorus) {
      const isWhole = largest.width === grid.width && largest.height === grid.height;
      return isWhole && feasibleShapes.has(grid.width, grid.height, limits);
    }
    // No shape has more boards than the largest, but a smaller one may have fewer dead links.
    const anyLinks: BlockLimits = { ...limits, maxDeadLinks: Number.POSITIVE_INFINITY };
    if (!feasibleShapes.has(largest.width, largest.height, anyLinks)) return false;
    if (!feasibleShapes.survey.limitsLinks(limits)) return true;
    this.allShapes ??= new ShapesByArea(grid);
    const isFeasible = (w: number, h: number) => feasibleShapes.has(w, h, limits);
    return !this.allShapes.allowed(rule, isFeasible).next().done;
  }
}
