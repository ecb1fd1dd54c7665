/**
 * The allocator of the Python server, written anew from its decisions: what every figure of our own
 * is printed against. It packs triads with a pack tree and hands out single boards of triads that it
 * has taken boards of, oldest first.
 */

import type { Allocation } from "../../src/domain/allocation.js";
import {
  BOARDS_PER_TRIAD,
  type BoardCoordinate,
  boardIndex,
  isInside,
} from "../../src/domain/board.js";
import type { MachineDescription } from "../../src/domain/machine.js";
import type { PlacementRequest } from "../../src/domain/request.js";
import { BoardBitmaps } from "../../src/placement/bitmaps/board-bitmaps.js";
import { blankSnapshot, refresh } from "../../src/placement/bitmaps/board-snapshot.js";
import { Topology } from "../../src/placement/bitmaps/topology.js";
import { BlockSurvey } from "../../src/placement/feasibility/block-survey.js";
import { BoardSet } from "./board-set.js";
import { type Block, type Filter, PackTree } from "./pack-tree.js";

type Machine = Pick<MachineDescription, "width" | "height" | "deadBoards" | "deadLinks">;

export class PackTreeAllocator {
  private readonly topology: Topology;
  private readonly survey: BlockSurvey;
  private readonly tree: PackTree;
  /** Boards in use of each triad that is used in part. */
  private readonly usedInTriad = new Map<number, number>();
  /** The free boards of those that have any, by triad. */
  private readonly freeInTriad = new Map<number, BoardSet>();

  constructor(private readonly machine: Machine) {
    const { buffer } = new BoardBitmaps(machine);
    const snapshot = blankSnapshot(buffer);
    refresh(buffer, snapshot);
    this.topology = new Topology(snapshot, { withheldIsDead: true });
    this.survey = new BlockSurvey(this.topology);
    this.tree = this.emptyTree();
  }

  /** Whether the Python server would ever try to place it. */
  isPossible(request: PlacementRequest): boolean {
    const { size } = request;
    const tree = this.emptyTree();
    if (size.kind === "board") {
      return isInside(size.board, this.machine) && !this.isDead(size.board);
    }
    if (size.kind === "boards" && size.boards === 1) {
      return tree.allocate(1, 1, this.hasLiveBoard) !== null;
    }
    return this.allocateBlock(tree, request) !== null;
  }

  /** Places it, or null. */
  place(request: PlacementRequest): Allocation | null {
    const { size } = request;
    if (size.kind === "board") return this.placeExactBoard(size.board);
    if (size.kind === "boards" && size.boards === 1) return this.placeBoard();
    const block = this.allocateBlock(this.tree, request);
    if (block === null) return null;
    const { x, y, width, height } = block;
    return { ...block, board: null, missing: this.survey.missing(x, y, width, height) };
  }

  release({ x, y, board }: Allocation): void {
    if (board === null) {
      this.tree.free(x, y);
      return;
    }
    const triad = this.triadOf(x, y);
    const used = this.usedInTriad.get(triad)! - 1;
    if (used === 0) {
      this.usedInTriad.delete(triad);
      this.freeInTriad.delete(triad);
      this.tree.free(x, y);
      return;
    }
    this.usedInTriad.set(triad, used);
    const free = this.freeInTriad.get(triad);
    if (free === undefined) this.freeInTriad.set(triad, new BoardSet([board]));
    else free.add(board);
  }

  private emptyTree(): PackTree {
    return new PackTree(0, 0, this.machine.width, this.machine.height);
  }

  private allocateBlock(tree: PackTree, request: PlacementRequest): Block | null {
    const { size, requireTorus } = request;
    const triads = this.machine.width * this.machine.height;
    if (size.kind === "triads") {
      if (size.width < 1 || size.height < 1) return null;
      const asked = size.width * size.height * BOARDS_PER_TRIAD;
      return tree.allocate(size.width, size.height, this.filterFor(request, asked));
    }
    if (size.kind === "board" || size.boards < 1) return null;
    const area = Math.ceil(size.boards / BOARDS_PER_TRIAD);
    if (area > triads || (requireTorus && area !== triads)) return null;
    const ratio = request.minRatio > 1 ? 1 / request.minRatio : request.minRatio;
    return tree.allocateArea(area, ratio, this.filterFor(request, size.boards));
  }

  private filterFor(request: PlacementRequest, asked: number): Filter {
    const { maxDeadBoards, maxDeadLinks, requireTorus } = request;
    const limits = {
      minBoards: maxDeadBoards === null ? 1 : Math.max(1, asked - maxDeadBoards),
      maxDeadLinks: maxDeadLinks ?? Number.POSITIVE_INFINITY,
      countWrapping: requireTorus,
    };
    return ({ x, y, width, height }) =>
      (!requireTorus || (width === this.machine.width && height === this.machine.height)) &&
      this.survey.accepts(x, y, width, height, limits);
  }

  private readonly hasLiveBoard: Filter = ({ x, y }) => this.liveBoards(x, y).length > 0;

  private placeBoard(): Allocation | null {
    for (const [triad, free] of this.freeInTriad) {
      return this.use(triad, free, free.pop());
    }
    const block = this.tree.allocate(1, 1, this.hasLiveBoard);
    if (block === null) return null;
    const free = new BoardSet(this.liveBoards(block.x, block.y));
    return this.use(this.triadOf(block.x, block.y), free, free.pop());
  }

  private placeExactBoard(board: BoardCoordinate): Allocation | null {
    if (!isInside(board, this.machine) || this.isDead(board)) return null;
    const [x, y, z] = board;
    const triad = this.triadOf(x, y);
    let free = this.freeInTriad.get(triad);
    if (!this.usedInTriad.has(triad)) {
      if (this.tree.allocateAt(x, y) === null) return null;
      free = new BoardSet(this.liveBoards(x, y));
    }
    if (free === undefined || !free.has(z)) return null;
    free.remove(z);
    return this.use(triad, free, z);
  }

  /** Notes that a board, just taken out of the free ones of its triad, is in use. */
  private use(triad: number, free: BoardSet, z: number): Allocation {
    this.usedInTriad.set(triad, (this.usedInTriad.get(triad) ?? 0) + 1);
    if (free.size === 0) this.freeInTriad.delete(triad);
    else this.freeInTriad.set(triad, free);
    const { height } = this.machine;
    const x = Math.floor(triad / height);
    return { x, y: triad % height, width: 1, height: 1, board: z as 0 | 1 | 2, missing: [] };
  }

  private triadOf(x: number, y: number): number {
    return x * this.machine.height + y;
  }

  private liveBoards(x: number, y: number): number[] {
    return [0, 1, 2].filter((z) => !this.isDead([x, y, z]));
  }

  private isDead(board: BoardCoordinate): boolean {
    return this.topology.dead[boardIndex(board, this.machine)] === 1;
  }
}
