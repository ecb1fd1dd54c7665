/**
 * Which boards of a block are reached from its bottom-left board, z = 0, and the dead links among
 * them. Links are taken one way: a link can be followed when it is not dead at the board it leaves. In
 * a block as wide (high) as the machine, links across its own edge lead back into it.
 */
import { BOARDS_PER_TRIAD } from "../../domain/board.js";
import { LINK_STEPS } from "../../domain/links.js";
import type { Topology } from "../bitmaps/topology.js";

const LINKS = 6;
const NOWHERE = -1;
/** LINK_STEPS laid flat: entry (6 z + link) · 3 + 0, 1, 2 is dx, dy, dz. */
const STEPS = Int8Array.from(LINK_STEPS.flat(2));

export class Reachability {
  private readonly width: number;
  private readonly height: number;
  /** By board: its column and row. */
  private readonly columns: Uint16Array;
  private readonly rows: Uint16Array;
  /** By board · 6 + link: the live board that it leads to, unless the link is dead. */
  private readonly liveLinks: Int32Array;
  /** By board: bit l set when link l is dead and the boards at both its ends are live. */
  private readonly innerDeadLinks: Uint8Array;
  /** By board: the number of the run that reached it. */
  private readonly reachedIn: Uint32Array;
  private readonly queue: Int32Array;
  private run = 0;
  private x = 0;
  private y = 0;
  private w = 0;
  private h = 0;
  private members = 0;

  constructor({ grid, dead, deadLinks }: Topology) {
    const boards = dead.length;
    this.width = grid.width;
    this.height = grid.height;
    this.columns = new Uint16Array(boards);
    this.rows = new Uint16Array(boards);
    this.liveLinks = new Int32Array(boards * LINKS).fill(NOWHERE);
    this.innerDeadLinks = new Uint8Array(boards);
    this.reachedIn = new Uint32Array(boards);
    this.queue = new Int32Array(boards);
    for (let x = 0; x < grid.width; x++) {
      for (let y = 0; y < grid.height; y++) {
        for (let z = 0; z < BOARDS_PER_TRIAD; z++) {
          const board = this.indexOf(x, y, z);
          this.columns[board] = x;
          this.rows[board] = y;
          if (dead[board] === 1) continue;
          for (let link = 0; link < LINKS; link++) {
            const to = this.neighbour(x, y, z, link);
            if (dead[to] === 1) continue;
            if ((deadLinks[board]! & (1 << link)) === 0) this.liveLinks[board * LINKS + link] = to;
            else this.innerDeadLinks[board]! |= 1 << link;
          }
        }
      }
    }
  }

  /**
   * Marks the boards of that block that its bottom-left one reaches, and returns how many there are.
   * @param enough it may stop when there are so many
   */
  explore(x: number, y: number, w: number, h: number, enough = Number.POSITIVE_INFINITY): number {
    const { width, height, columns, rows, liveLinks, reachedIn, queue } = this;
    if (this.run === 0xffffffff) {
      reachedIn.fill(0);
      this.run = 0;
    }
    const run = ++this.run;
    this.x = x;
    this.y = y;
    this.w = w;
    this.h = h;
    queue[0] = this.indexOf(x, y, 0);
    reachedIn[queue[0]!] = run;
    let members = 1;
    for (let next = 0; next < members && members < enough; next++) {
      const exit = queue[next]! * LINKS;
      for (let link = 0; link < LINKS; link++) {
        const to = liveLinks[exit + link]!;
        if (to === NOWHERE || reachedIn[to] === run) continue;
        let dx = columns[to]! - x;
        if (dx < 0) dx += width;
        if (dx >= w) continue;
        let dy = rows[to]! - y;
        if (dy < 0) dy += height;
        if (dy >= h) continue;
        reachedIn[to] = run;
        queue[members++] = to;
      }
    }
    this.members = members;
    return members;
  }

  /**
   * Counts the dead links between the boards reached last, each direction separately.
   * @param countWrapping whether those across the block's own edges count
   */
  countDeadLinks(countWrapping: boolean): number {
    const { reachedIn, queue, innerDeadLinks, run, members, w, h, width, height } = this;
    const skipsWrapping = !countWrapping && (w === width || h === height);
    let count = 0;
    for (let next = 0; next < members; next++) {
      const board = queue[next]!;
      const links = innerDeadLinks[board]!;
      if (links === 0) continue;
      const z = board % BOARDS_PER_TRIAD;
      const x = this.columns[board]!;
      const y = this.rows[board]!;
      for (let link = 0; link < LINKS; link++) {
        if ((links & (1 << link)) === 0) continue;
        if (reachedIn[this.neighbour(x, y, z, link)] !== run) continue;
        if (skipsWrapping && this.crossesEdge(x, y, z, link)) continue;
        count++;
      }
    }
    return count;
  }

  /** Calls back with each board reached last. */
  eachMember(callback: (board: number) => void): void {
    for (let next = 0; next < this.members; next++) callback(this.queue[next]!);
  }

  /** Block indices, (dx · h + dy) · 3 + z, of the boards that were not reached; ascending. */
  unreached(): number[] {
    const { x, y, w, h, width, height, reachedIn, run } = this;
    const missing: number[] = [];
    let index = 0;
    for (let dx = 0; dx < w; dx++) {
      for (let dy = 0; dy < h; dy++) {
        const first = this.indexOf((x + dx) % width, (y + dy) % height, 0);
        for (let z = 0; z < BOARDS_PER_TRIAD; z++, index++) {
          if (reachedIn[first + z] !== run) missing.push(index);
        }
      }
    }
    return missing;
  }

  private indexOf(x: number, y: number, z: number): number {
    return (x * this.height + y) * BOARDS_PER_TRIAD + z;
  }

  /** The board at the other end of a link. */
  private neighbour(x: number, y: number, z: number, link: number): number {
    const { width, height } = this;
    const step = (z * LINKS + link) * 3;
    let tx = x + STEPS[step]!;
    let ty = y + STEPS[step + 1]!;
    if (tx < 0) tx += width;
    else if (tx >= width) tx -= width;
    if (ty < 0) ty += height;
    else if (ty >= height) ty -= height;
    return this.indexOf(tx, ty, z + STEPS[step + 2]!);
  }

  private crossesEdge(x: number, y: number, z: number, link: number): boolean {
    const step = (z * LINKS + link) * 3;
    const dx = (x < this.x ? x - this.x + this.width : x - this.x) + STEPS[step]!;
    const dy = (y < this.y ? y - this.y + this.height : y - this.y) + STEPS[step + 1]!;
    return dx < 0 || dx >= this.w || dy < 0 || dy >= this.h;
  }
}
