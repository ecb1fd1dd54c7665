/** The rules of placement in the plainest words, without bits: what the real search is held against. */

import type { Allocation } from "../../src/domain/allocation.js";
import { type BoardCoordinate, boardOfIndex, type Size } from "../../src/domain/board.js";
import { ALL_LINKS, followLink, LINK_STEPS } from "../../src/domain/links.js";
import type { DeadLink } from "../../src/domain/machine.js";
import type { PlacementRequest } from "../../src/domain/request.js";

export class PlainMachine {
  readonly busy = new Set<string>();
  private readonly dead: Set<string>;
  private readonly deadLinks: Set<string>;

  constructor(
    readonly size: Size,
    deadBoards: readonly BoardCoordinate[],
    deadLinks: readonly DeadLink[],
  ) {
    this.dead = new Set(deadBoards.map(String));
    this.deadLinks = new Set(deadLinks.map(String));
  }

  /** Whether some place serves the request now. */
  /** @param rows How many, from the lowest on, are open to it; to a board by its coordinates all are. */
  hasPlaceFor(request: PlacementRequest, rows = this.size.height): boolean {
    const { width, height } = this.size;
    const { size } = request;
    if (size.kind === "board" || (size.kind === "boards" && size.boards === 1)) {
      if (request.requireTorus) return false;
      return this.allBoards().some(
        (board) =>
          this.isFreeAndLive(board) &&
          (size.kind === "boards" ? board[1] < rows : `${board}` === `${size.board}`),
      );
    }
    for (let w = 1; w <= width; w++) {
      for (let h = 1; h <= height; h++) {
        for (let x = 0; x < width; x++) {
          for (let y = 0; y < height; y++) {
            if (rows < height && y + h > rows) continue;
            if (this.serves({ x, y, width: w, height: h }, request)) return true;
          }
        }
      }
    }
    return false;
  }

  /** What is wrong with the proposal; null when it is right. */
  faultOf(allocation: Allocation, request: PlacementRequest): string | null {
    const { x, y, width, height, board, missing } = allocation;
    if (board !== null) {
      const { size } = request;
      if (size.kind === "triads" || (size.kind === "boards" && size.boards !== 1))
        return "one board";
      if (size.kind === "board" && `${size.board}` !== `${[x, y, board]}`) return "another board";
      return this.isFreeAndLive([x, y, board]) ? null : "the board is taken or dead";
    }
    if (request.size.kind === "board") return "a block";
    if (!this.serves(allocation, request)) return "the block does not serve";
    const members = this.members({ x, y, width, height }).map(String);
    const given: string[] = [];
    for (let index = 0; index < width * height * 3; index++) {
      if (missing.includes(index)) continue;
      const [dx, dy, z] = boardOfIndex(index, { width, height });
      given.push(`${this.onMachine(x + dx, y + dy, z)}`);
    }
    if (`${members.toSorted()}` !== `${given.toSorted()}`) return "the wrong boards are missing";
    return null;
  }

  serves(block: Block, request: PlacementRequest): boolean {
    const { width: w, height: h } = block;
    const { size } = request;
    const whole = w === this.size.width && h === this.size.height;
    if (request.requireTorus && !whole) return false;
    let asked: number;
    if (size.kind === "triads") {
      if (size.width !== w || size.height !== h) return false;
      asked = 3 * w * h;
    } else if (size.kind === "boards" && size.boards > 1) {
      const ratio = request.minRatio > 1 ? 1 / request.minRatio : request.minRatio;
      if (3 * w * h < size.boards || Math.min(w, h) / Math.max(w, h) < ratio) return false;
      asked = size.boards;
    } else return false;
    for (const board of this.boardsOfBlock(block)) if (this.busy.has(`${board}`)) return false;
    const members = this.members(block);
    if (members.length === 0) return false;
    if (request.maxDeadBoards !== null && asked - members.length > request.maxDeadBoards)
      return false;
    if (request.maxDeadLinks === null) return true;
    return this.deadLinksIn(block, members, request.requireTorus) <= request.maxDeadLinks;
  }

  /** Live boards reachable from the bottom-left one inside the block. */
  private members(block: Block): BoardCoordinate[] {
    const inside = new Set(this.boardsOfBlock(block).map(String));
    const first: BoardCoordinate = [block.x, block.y, 0];
    if (this.dead.has(`${first}`)) return [];
    const members = new Map([[`${first}`, first]]);
    for (const board of members.values()) {
      for (const link of ALL_LINKS) {
        const to = followLink(board, link, this.size).board;
        if (this.deadLinks.has(`${[...board, link]}`) || this.dead.has(`${to}`)) continue;
        if (inside.has(`${to}`)) members.set(`${to}`, to);
      }
    }
    return [...members.values()];
  }

  private deadLinksIn(block: Block, members: BoardCoordinate[], wrapping: boolean): number {
    const names = new Set(members.map(String));
    let count = 0;
    for (const board of members) {
      for (const link of ALL_LINKS) {
        if (!this.deadLinks.has(`${[...board, link]}`)) continue;
        if (!names.has(`${followLink(board, link, this.size).board}`)) continue;
        const [sx, sy] = LINK_STEPS[board[2]]![link]!;
        const dx = ((board[0] - block.x + this.size.width) % this.size.width) + sx;
        const dy = ((board[1] - block.y + this.size.height) % this.size.height) + sy;
        const crosses = dx < 0 || dx >= block.width || dy < 0 || dy >= block.height;
        if (wrapping || !crosses) count++;
      }
    }
    return count;
  }

  boardsOfBlock({ x, y, width, height }: Block): BoardCoordinate[] {
    const boards: BoardCoordinate[] = [];
    for (let dx = 0; dx < width; dx++) {
      for (let dy = 0; dy < height; dy++) {
        for (let z = 0; z < 3; z++) boards.push(this.onMachine(x + dx, y + dy, z));
      }
    }
    return boards;
  }

  private onMachine(x: number, y: number, z: number): BoardCoordinate {
    return [x % this.size.width, y % this.size.height, z];
  }

  private isFreeAndLive(board: BoardCoordinate): boolean {
    return !this.busy.has(`${board}`) && !this.dead.has(`${board}`);
  }

  private allBoards(): BoardCoordinate[] {
    return this.boardsOfBlock({ x: 0, y: 0, ...this.size });
  }
}

interface Block extends Size {
  readonly x: number;
  readonly y: number;
}
