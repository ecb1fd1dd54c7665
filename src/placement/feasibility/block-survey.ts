/**
 * Which boards of a block belong to its allocation, namely the live ones that are reached from its
 * bottom-left board (reachability.ts), and whether that meets the limits of a request. Links across
 * the edges of a block as wide or high as the machine count among its dead links only for a torus.
 *
 * A larger block with the same bottom-left board has the boards and dead links of a smaller one, and
 * more. So a block is refused for its dead links as soon as a part of it has too many, and counts of
 * parts are kept: they refuse every other block around the part at once.
 */
import { BOARDS_PER_TRIAD } from "../../domain/board.js";
import type { PlacementRequest } from "../../domain/request.js";
import { InnerDeadLinks } from "../bitmaps/inner-dead-links.js";
import type { Topology } from "../bitmaps/topology.js";
import { Reachability } from "./reachability.js";

export interface BlockLimits {
  /** Fewest boards that the allocation may have. */
  readonly minBoards: number;
  /** Most dead links between boards of the allocation; Infinity for any number. */
  readonly maxDeadLinks: number;
  /** Whether the links across the block's own edges count. */
  readonly countWrapping: boolean;
}

export function limitsOf(request: PlacementRequest, askedBoards: number): BlockLimits {
  const { maxDeadBoards, maxDeadLinks, requireTorus } = request;
  return {
    minBoards: maxDeadBoards === null ? 1 : Math.max(1, askedBoards - maxDeadBoards),
    maxDeadLinks: maxDeadLinks ?? Number.POSITIVE_INFINITY,
    countWrapping: requireTorus,
  };
}

export class BlockSurvey {
  /** Made when first needed: most blocks that are asked about have no flaw. */
  private reachabilityMade: Reachability | null = null;
  private innerDeadLinksMade: InnerDeadLinks | null = null;
  private countedParts: CountedParts | null = null;
  /** By corner board: no more boards than that are reached from it on the whole machine. */
  private mostReached: Int32Array | null = null;

  constructor(readonly topology: Topology) {}

  /** Whether the block, if all its boards were free, would meet the limits. */
  accepts(x: number, y: number, w: number, h: number, limits: BlockLimits): boolean {
    const { topology } = this;
    const { minBoards } = limits;
    const boards = w * h * BOARDS_PER_TRIAD;
    if (boards < minBoards) return false;
    if (topology.dead[this.cornerBoard(x, y)] === 1) return false;
    if (topology.isFlawless(x, y, w, h)) return true;
    if (boards - topology.deadBoardsIn(x, y, w, h) < minBoards) return false;
    if (this.limitsLinks(limits) && this.hasTooManyDeadLinks(x, y, w, h, limits)) return false;
    return minBoards <= 1 || this.reaches(x, y, w, h, minBoards);
  }

  /** Whether these limits can refuse any block for its dead links. */
  limitsLinks({ maxDeadLinks }: BlockLimits): boolean {
    return maxDeadLinks !== Number.POSITIVE_INFINITY && maxDeadLinks < this.innerDeadLinks.total;
  }

  /** Whether the allocation of the block, whose corner is live, has too many dead links. */
  hasTooManyDeadLinks(x: number, y: number, w: number, h: number, limits: BlockLimits): boolean {
    const { maxDeadLinks, countWrapping } = limits;
    const { innerDeadLinks, reachability } = this;
    this.countedParts ??= new CountedParts(this.topology.grid);
    const corner = this.cornerBoard(x, y) / BOARDS_PER_TRIAD;
    if (this.countedParts.refuses(corner, w, h, maxDeadLinks)) return true;
    const most = countWrapping ? innerDeadLinks.total : innerDeadLinks.inside(x, y, w, h);
    // Not all dead links in a part need belong to its allocation: look at one with some to spare.
    for (let margin = 0; most > maxDeadLinks + margin; ) {
      const side = this.sideHolding(maxDeadLinks + margin, x, y, w, h);
      const partW = Math.min(w, side);
      const partH = Math.min(h, side);
      const isWhole = partW === w && partH === h;
      reachability.explore(x, y, partW, partH);
      const count = reachability.countDeadLinks(isWhole && countWrapping);
      if (count > maxDeadLinks) {
        if (!(isWhole && countWrapping)) this.countedParts.add(corner, partW, partH, count);
        return true;
      }
      if (isWhole) return false;
      margin = Math.max(2 * margin + 1, innerDeadLinks.inside(x, y, partW, partH) - count);
    }
    if (most <= maxDeadLinks) return false;
    reachability.explore(x, y, w, h);
    return reachability.countDeadLinks(countWrapping) > maxDeadLinks;
  }

  /** The side of the smallest square, clipped to the block, with more than so many dead links. */
  private sideHolding(links: number, x: number, y: number, w: number, h: number): number {
    let low = 1;
    let high = Math.max(w, h);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const inside = this.innerDeadLinks.inside(x, y, Math.min(w, middle), Math.min(h, middle));
      if (inside > links) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Block indices of the boards that do not belong to the block's allocation, ascending. */
  missing(x: number, y: number, w: number, h: number): number[] {
    if (this.topology.isFlawless(x, y, w, h)) return [];
    if (this.reachability.explore(x, y, w, h) === w * h * BOARDS_PER_TRIAD) return [];
    return this.reachability.unreached();
  }

  /** Whether so many boards belong to the allocation of the block, whose corner is live. */
  reaches(x: number, y: number, w: number, h: number, boards: number): boolean {
    const { grid, dead } = this.topology;
    const isMachine = w === grid.width && h === grid.height;
    this.mostReached ??= new Int32Array(dead.length).fill(dead.length);
    const { mostReached } = this;
    if (isMachine && mostReached[this.cornerBoard(x, y)]! < boards) return false;
    const members = this.reachability.explore(x, y, w, h, boards);
    if (members >= boards) return true;
    // No board that it reaches on the machine reaches more than it does.
    if (isMachine) {
      this.reachability.eachMember((board) => {
        mostReached[board] = Math.min(mostReached[board]!, members);
      });
    }
    return false;
  }

  private cornerBoard(x: number, y: number): number {
    return (x * this.topology.grid.height + y) * BOARDS_PER_TRIAD;
  }

  private get reachability(): Reachability {
    this.reachabilityMade ??= new Reachability(this.topology);
    return this.reachabilityMade;
  }

  private get innerDeadLinks(): InnerDeadLinks {
    this.innerDeadLinksMade ??= new InnerDeadLinks(this.topology);
    return this.innerDeadLinksMade;
  }
}

/** For each corner, of the last wide and the last high block counted, the number of dead links. */
class CountedParts {
  private readonly widths: Uint16Array;
  private readonly heights: Uint16Array;
  private readonly links: Int32Array;

  constructor({ width, height }: { readonly width: number; readonly height: number }) {
    this.widths = new Uint16Array(2 * width * height);
    this.heights = new Uint16Array(2 * width * height);
    this.links = new Int32Array(2 * width * height);
  }

  /** Whether a w × h block there is known to have more dead links than `most`. */
  refuses(corner: number, w: number, h: number, most: number): boolean {
    for (let i = 2 * corner; i < 2 * corner + 2; i++) {
      if (this.links[i]! > most && this.widths[i]! <= w && this.heights[i]! <= h) return true;
    }
    return false;
  }

  add(corner: number, w: number, h: number, links: number): void {
    const i = 2 * corner + (w > h ? 1 : 0);
    this.widths[i] = w;
    this.heights[i] = h;
    this.links[i] = links;
  }
}
