/**
 * How many dead links between live boards lie inside a block, in constant time: as many as its
 * allocation has, or more where some of its boards are not reached.
 */
import { boardIndex, boardOfIndex } from "../../domain/board.js";
import { followLink, LINK_STEPS, type Link } from "../../domain/links.js";
import { BlockSums } from "./block-sums.js";
import type { Topology } from "./topology.js";

/** The links with the same offset, in triads, by the triad that they leave. */
interface Direction {
  readonly dx: number;
  readonly dy: number;
  readonly links: BlockSums;
}

export class InnerDeadLinks {
  /** On the whole machine. */
  readonly total: number;
  private readonly directions: readonly Direction[];

  constructor({ grid, dead, deadLinks }: Topology) {
    const cells = new Map<string, { dx: number; dy: number; cells: Uint8Array }>();
    let count = 0;
    deadLinks.forEach((links, index) => {
      if (links === 0 || dead[index] === 1) return;
      const board = boardOfIndex(index, grid);
      const [x, y, z] = board;
      for (let link = 0; link < 6; link++) {
        if ((links & (1 << link)) === 0) continue;
        if (dead[boardIndex(followLink(board, link as Link, grid).board, grid)] === 1) continue;
        const [dx, dy] = LINK_STEPS[z]![link]!;
        const key = `${dx} ${dy}`;
        let direction = cells.get(key);
        if (direction === undefined) {
          direction = { dx, dy, cells: new Uint8Array(grid.width * grid.height) };
          cells.set(key, direction);
        }
        direction.cells[y * grid.width + x]!++;
        count++;
      }
    });
    this.total = count;
    this.directions = [...cells.values()].map((each) => ({
      dx: each.dx,
      dy: each.dy,
      links: new BlockSums(grid, each.cells),
    }));
  }

  /** Links across the block's own edges are not counted. */
  inside(x: number, y: number, w: number, h: number): number {
    let count = 0;
    for (const { dx, dy, links } of this.directions) {
      // The triads of the block from which such a link stays in it.
      const left = dx < 0 ? x + 1 : x;
      const bottom = dy < 0 ? y + 1 : y;
      count += links.of(left, bottom, dx === 0 ? w : w - 1, dy === 0 ? h : h - 1);
    }
    return count;
  }
}
