/**
 * Which boards of a block belong to its allocation, and whether it does for a request: those that
 * live and are reached from its bottom-left board (reach.ts). Links across the edges of a block as
 * wide or high as the machine count among its dead links only for a torus.
 *
 * A larger block with the same bottom-left board holds the boards and dead links of a smaller one, and
 * more. So a block is refused for its dead links as soon as a part of it has too many, and what is
 * found of a part is kept: it refuses every other block around it at once.
 */
import { BOARDS_PER_TRIAD } from "../../domain/board.js";
import type { PlacementRequest } from "../../domain/request.js";
import { SeveredLinks } from "../bitmaps/dead-links.js";
import type { Topology } from "../bitmaps/topology.js";
import { Reach } from "./reach.js";

export interface BlockLimits {
  /** Fewest boards that will do. */
  readonly leastBoards: number;
  /** Most dead links between boards of the allocation that will do; Infinity for any number. */
  readonly mostDeadLinks: number;
  /** Whether the links across the block's own edges count. */
  readonly countWrapping: boolean;
}

export function limitsOf(request: PlacementRequest, askedBoards: number): BlockLimits {
  const { maxDeadBoards, maxDeadLinks, requireTorus } = request;
  return {
    leastBoards: maxDeadBoards === null ? 1 : Math.max(1, askedBoards - maxDeadBoards),
    mostDeadLinks: maxDeadLinks ?? Number.POSITIVE_INFINITY,
    countWrapping: requireTorus,
  };
}

export class BlockSurvey {
  /** Made when first asked for: most machines have no flaw where jobs ask. */
  private reachMade: Reach | null = null;
  private severedMade: SeveredLinks | null = null;
  private parts: KnownParts | null = null;
  /** By corner board: the whole machine has no more boards for it than that. */
  private mostReached: Int32Array | null = null;

  constructor(readonly topology: Topology) {}

  /** Whether the block, its boards taken for free, does for a request with those limits. */
  accepts(x: number, y: number, w: number, h: number, limits: BlockLimits): boolean {
    const { topology } = this;
    const { leastBoards } = limits;
    const boards = w * h * BOARDS_PER_TRIAD;
    if (boards < leastBoards) return false;
    if (topology.dead[this.cornerBoard(x, y)] === 1) return false;
    if (topology.isFlawless(x, y, w, h)) return true;
    if (boards - topology.deadBoardsIn(x, y, w, h) < leastBoards) return false;
    if (this.limitsLinks(limits) && this.hasTooManyDeadLinks(x, y, w, h, limits)) return false;
    return leastBoards <= 1 || this.reaches(x, y, w, h, leastBoards);
  }

  /** Whether these limits can refuse anything for its dead links. */
  limitsLinks({ mostDeadLinks }: BlockLimits): boolean {
    return mostDeadLinks !== Number.POSITIVE_INFINITY && mostDeadLinks < this.severed.count;
  }

  /** Whether the allocation of the block, whose corner lives, has more dead links than will do. */
  hasTooManyDeadLinks(x: number, y: number, w: number, h: number, limits: BlockLimits): boolean {
    const { mostDeadLinks, countWrapping } = limits;
    const { severed, reach } = this;
    this.parts ??= new KnownParts(this.topology.grid);
    const corner = this.cornerBoard(x, y) / BOARDS_PER_TRIAD;
    if (this.parts.refuses(corner, w, h, mostDeadLinks)) return true;
    const most = countWrapping ? severed.count : severed.inside(x, y, w, h);
    // Not all that lie in a part need belong to it: so many more than allowed have to.
    for (let margin = 0; most > mostDeadLinks + margin; ) {
      const side = this.sideWith(mostDeadLinks + margin, x, y, w, h);
      const partW = Math.min(w, side);
      const partH = Math.min(h, side);
      const isWhole = partW === w && partH === h;
      reach.from(x, y, partW, partH);
      const count = reach.deadLinks(isWhole && countWrapping);
      if (count > mostDeadLinks) {
        if (!(isWhole && countWrapping)) this.parts.add(corner, partW, partH, count);
        return true;
      }
      if (isWhole) return false;
      margin = Math.max(2 * margin + 1, severed.inside(x, y, partW, partH) - count);
    }
    if (most <= mostDeadLinks) return false;
    reach.from(x, y, w, h);
    return reach.deadLinks(countWrapping) > mostDeadLinks;
  }

  /** The side of the smallest square, cut to the block, in which more than so many dead links lie. */
  private sideWith(links: number, x: number, y: number, w: number, h: number): number {
    let low = 1;
    let high = Math.max(w, h);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const inside = this.severed.inside(x, y, Math.min(w, middle), Math.min(h, middle));
      if (inside > links) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Block indices of the boards that do not belong to the block's allocation, ascending. */
  missing(x: number, y: number, w: number, h: number): number[] {
    if (this.topology.isFlawless(x, y, w, h)) return [];
    if (this.reach.from(x, y, w, h) === w * h * BOARDS_PER_TRIAD) return [];
    return this.reach.unreached();
  }

  /** Whether so many boards belong to the allocation of the block, whose corner lives. */
  reaches(x: number, y: number, w: number, h: number, boards: number): boolean {
    const { grid, dead } = this.topology;
    const isMachine = w === grid.width && h === grid.height;
    this.mostReached ??= new Int32Array(dead.length).fill(dead.length);
    const { mostReached } = this;
    if (isMachine && mostReached[this.cornerBoard(x, y)]! < boards) return false;
    const members = this.reach.from(x, y, w, h, boards);
    if (members >= boards) return true;
    // What it reaches of the machine reaches no more than it does.
    if (isMachine) {
      this.reach.eachMember((board) => {
        mostReached[board] = Math.min(mostReached[board]!, members);
      });
    }
    return false;
  }

  private cornerBoard(x: number, y: number): number {
    return (x * this.topology.grid.height + y) * BOARDS_PER_TRIAD;
  }

  private get reach(): Reach {
    this.reachMade ??= new Reach(this.topology);
    return this.reachMade;
  }

  private get severed(): SeveredLinks {
    this.severedMade ??= new SeveredLinks(this.topology);
    return this.severedMade;
  }
}

/** For each corner a wide and a high block, the last that were counted, and their dead links. */
class KnownParts {
  private readonly widths: Uint16Array;
  private readonly heights: Uint16Array;
  private readonly links: Int32Array;

  constructor({ width, height }: { readonly width: number; readonly height: number }) {
    this.widths = new Uint16Array(2 * width * height);
    this.heights = new Uint16Array(2 * width * height);
    this.links = new Int32Array(2 * width * height);
  }

  /** Whether a w × h block there has more dead links than `most`, for all that is known. */
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
