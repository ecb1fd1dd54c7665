/** The search of one machine, kept from batch to batch and brought up to date from its bitmaps. */

import { type Allocation, singleBoard } from "../../domain/allocation.js";
import { boardOfIndex, type Size } from "../../domain/board.js";
import type { PlacementRequest } from "../../domain/request.js";
import { type BoardSnapshot, blankSnapshot, refresh } from "../bitmaps/board-snapshot.js";
import { Topology } from "../bitmaps/topology.js";
import { BlockSurvey } from "../feasibility/block-survey.js";
import { EmptyMachine } from "../feasibility/empty-machine.js";
import { FeasibleShapes } from "../feasibility/feasible-shapes.js";
import { Search } from "./search.js";
import { SearchSpace } from "./search-space.js";

export class MachineSearch {
  private readonly snapshot: BoardSnapshot;
  private topologyVersion = 0;
  private space!: SearchSpace;
  private feasibleShapes!: FeasibleShapes;
  private search!: Search;
  /** The machine when empty, its withheld boards as dead; made when first needed. */
  private emptyMachine: EmptyMachine | null = null;
  /** The machine when empty, its withheld boards included; made when first needed. */
  private wholeEmptyMachine: EmptyMachine | null = null;

  constructor(private readonly buffer: SharedArrayBuffer) {
    this.snapshot = blankSnapshot(buffer);
    this.refresh();
  }

  /** Brings the copy up to date; what was placed on it is dropped. Returns the epoch. */
  refresh(): number {
    const { snapshot } = this;
    refresh(this.buffer, snapshot);
    if (snapshot.topologyVersion !== this.topologyVersion) {
      this.topologyVersion = snapshot.topologyVersion;
      this.feasibleShapes = feasibleShapesOf(snapshot, { withheldIsDead: true });
      this.space = new SearchSpace(this.feasibleShapes.survey.topology);
      this.search = new Search(this.space, this.feasibleShapes);
      this.emptyMachine = null;
      this.wholeEmptyMachine = null;
    }
    this.space.load(snapshot);
    return snapshot.epoch;
  }

  get size(): Size {
    return this.space.grid;
  }

  /**
   * Finds an allocation and takes its boards on the copy; null when there is none now.
   * @param rows how many, from the lowest on, may be used; all by default
   * @param avoid boards, by index, that are used only when there is no allocation without them
   */
  place(
    request: PlacementRequest,
    rows = this.size.height,
    avoid: readonly number[] = [],
  ): Allocation | null {
    const allocation =
      (avoid.length === 0 ? null : this.findWithout(avoid, request, rows)) ??
      this.search.find(request, rows);
    if (allocation !== null) this.space.occupy(allocation);
    return allocation;
  }

  /** An allocation that has none of these boards; null when there is none now. */
  private findWithout(
    boards: readonly number[],
    request: PlacementRequest,
    rows: number,
  ): Allocation | null {
    const taken = boards
      .map((index) => singleBoard(boardOfIndex(index, this.size)))
      .filter((board) => this.space.isFree(board));
    for (const board of taken) this.space.occupy(board);
    const allocation = this.search.find(request, rows);
    for (const board of taken) this.space.release(board);
    return allocation;
  }

  /** Frees boards on the copy. */
  release(allocation: Allocation): void {
    this.space.release(allocation);
  }

  /** Whether the machine could hold the request when empty, with or without its withheld boards. */
  isPossible(request: PlacementRequest): boolean {
    return this.isPossibleNow(request) || this.isPossibleWhole(request);
  }

  /** Whether the machine could hold the request when empty, without its withheld boards. */
  isPossibleNow(request: PlacementRequest): boolean {
    this.emptyMachine ??= new EmptyMachine(this.feasibleShapes);
    return this.emptyMachine.holds(request);
  }

  /** Whether the machine could hold the request when empty, withheld boards included. */
  isPossibleWhole(request: PlacementRequest): boolean {
    return this.wholeMachine().holds(request);
  }

  private wholeMachine(): EmptyMachine {
    if (this.wholeEmptyMachine === null) {
      const { snapshot, emptyMachine } = this;
      const noneWithheld = snapshot.withheld.every((word) => word === 0);
      this.wholeEmptyMachine =
        noneWithheld && emptyMachine !== null
          ? emptyMachine
          : new EmptyMachine(feasibleShapesOf(snapshot, { withheldIsDead: false }));
    }
    return this.wholeEmptyMachine;
  }
}

function feasibleShapesOf(
  snapshot: BoardSnapshot,
  options: { readonly withheldIsDead: boolean },
): FeasibleShapes {
  return new FeasibleShapes(new BlockSurvey(new Topology(snapshot, options)));
}
