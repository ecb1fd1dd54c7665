/**
 * Which boards of a block belong to its allocation, and whether it does for a request.
 *
 * Boards belong that live and are reachable from the bottom-left board (x, y, 0) over links inside
 * the block. A link carries one way: it is passed when the board it leaves has it alive. In a block
 * as wide (high) as the machine, links across its own edge lead back into it and are inside; they
 * count among the dead links of the allocation only for a torus.
 */
import { BOARDS_PER_TRIAD, LINK_STEPS } from "../geometry/index.js";
import type { Topology } from "./topology.js";

export interface BlockLimits {
  /** Fewest boards that will do. */
  readonly leastBoards: number;
  /** Most dead links between boards of the allocation that will do; Infinity for any number. */
  readonly mostDeadLinks: number;
  /** Whether the links across the block's own edges count. */
  readonly countWrapping: boolean;
}

/** LINK_STEPS laid flat: entry (6 z + link) · 3 + 0, 1, 2 is dx, dy, dz. */
const STEPS = Int8Array.from(LINK_STEPS.flat(2));

export class BlockSurvey {
  /** By block index (dx · h + dy) · 3 + z: the number of the survey that reached that board. */
  private readonly reachedIn: Uint32Array;
  private readonly queue: Int32Array;
  private survey = 0;

  constructor(private readonly topology: Topology) {
    this.reachedIn = new Uint32Array(topology.dead.length);
    this.queue = new Int32Array(topology.dead.length);
  }

  /** Whether the block, its boards taken for free, does for a request with those limits. */
  accepts(x: number, y: number, w: number, h: number, limits: BlockLimits): boolean {
    const { topology } = this;
    const boards = w * h * BOARDS_PER_TRIAD;
    if (boards < limits.leastBoards) return false;
    if (topology.dead[this.machineIndex(x, y, 0, 0, 0)] === 1) return false;
    if (topology.isFlawless(x, y, w, h)) return true;
    if (boards - topology.deadBoardsIn(x, y, w, h) < limits.leastBoards) return false;
    if (limits.leastBoards <= 1 && limits.mostDeadLinks === Number.POSITIVE_INFINITY) return true;
    const members = this.reach(x, y, w, h);
    if (members < limits.leastBoards) return false;
    return (
      limits.mostDeadLinks === Number.POSITIVE_INFINITY ||
      this.countDeadLinks(x, y, w, h, members, limits.countWrapping) <= limits.mostDeadLinks
    );
  }

  /** Block indices of the boards that do not belong to the block's allocation, ascending. */
  missing(x: number, y: number, w: number, h: number): number[] {
    const missing: number[] = [];
    if (this.topology.isFlawless(x, y, w, h)) return missing;
    const boards = w * h * BOARDS_PER_TRIAD;
    if (this.reach(x, y, w, h) === boards) return missing;
    for (let i = 0; i < boards; i++) if (this.reachedIn[i] !== this.survey) missing.push(i);
    return missing;
  }

  private machineIndex(x: number, y: number, dx: number, dy: number, z: number): number {
    const { width, height } = this.topology.grid;
    const mx = x + dx < width ? x + dx : x + dx - width;
    const my = y + dy < height ? y + dy : y + dy - height;
    return (mx * height + my) * BOARDS_PER_TRIAD + z;
  }

  /** Marks and counts the boards of the allocation; `queue` holds them afterwards. */
  private reach(x: number, y: number, w: number, h: number): number {
    const { reachedIn, queue, topology } = this;
    if (this.survey === 0xffffffff) {
      reachedIn.fill(0);
      this.survey = 0;
    }
    const survey = ++this.survey;
    reachedIn[0] = survey;
    queue[0] = 0;
    let members = 1;
    for (let next = 0; next < members; next++) {
      const from = queue[next]!;
      const z = from % BOARDS_PER_TRIAD;
      const triad = (from - z) / BOARDS_PER_TRIAD;
      const dy = triad % h;
      const dx = (triad - dy) / h;
      const deadLinks = topology.deadLinks[this.machineIndex(x, y, dx, dy, z)]!;
      for (let link = 0; link < 6; link++) {
        if ((deadLinks & (1 << link)) !== 0) continue;
        const to = this.follow(dx, dy, z, link, w, h);
        if (to < 0 || reachedIn[to] === survey) continue;
        const toZ = to % BOARDS_PER_TRIAD;
        const toTriad = (to - toZ) / BOARDS_PER_TRIAD;
        const toDy = toTriad % h;
        if (topology.dead[this.machineIndex(x, y, (toTriad - toDy) / h, toDy, toZ)] === 1) continue;
        reachedIn[to] = survey;
        queue[members++] = to;
      }
    }
    return members;
  }

  /** Dead links between the boards that {@link reach} just marked, each direction by itself. */
  private countDeadLinks(
    x: number,
    y: number,
    w: number,
    h: number,
    members: number,
    countWrapping: boolean,
  ): number {
    const { reachedIn, queue, topology, survey } = this;
    let count = 0;
    for (let next = 0; next < members; next++) {
      const from = queue[next]!;
      const z = from % BOARDS_PER_TRIAD;
      const triad = (from - z) / BOARDS_PER_TRIAD;
      const dy = triad % h;
      const dx = (triad - dy) / h;
      const deadLinks = topology.deadLinks[this.machineIndex(x, y, dx, dy, z)]!;
      if (deadLinks === 0) continue;
      for (let link = 0; link < 6; link++) {
        if ((deadLinks & (1 << link)) === 0) continue;
        if (!countWrapping && this.leavesBlock(dx, dy, z, link, w, h)) continue;
        const to = this.follow(dx, dy, z, link, w, h);
        if (to >= 0 && reachedIn[to] === survey) count++;
      }
    }
    return count;
  }

  private leavesBlock(
    dx: number,
    dy: number,
    z: number,
    link: number,
    w: number,
    h: number,
  ): boolean {
    const step = (z * 6 + link) * 3;
    const tx = dx + STEPS[step]!;
    const ty = dy + STEPS[step + 1]!;
    return tx < 0 || tx >= w || ty < 0 || ty >= h;
  }

  /** Block index of the board at the other end of a link, or -1 when it is outside the block. */
  private follow(dx: number, dy: number, z: number, link: number, w: number, h: number): number {
    const step = (z * 6 + link) * 3;
    const { width, height } = this.topology.grid;
    let tx = dx + STEPS[step]!;
    let ty = dy + STEPS[step + 1]!;
    if (tx < 0 || tx >= w) {
      if (w !== width) return -1;
      tx = tx < 0 ? tx + w : tx - w;
    }
    if (ty < 0 || ty >= h) {
      if (h !== height) return -1;
      ty = ty < 0 ? ty + h : ty - h;
    }
    return (tx * h + ty) * BOARDS_PER_TRIAD + z + STEPS[step + 2]!;
  }
}
