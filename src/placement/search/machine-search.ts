/** The search of one machine, kept from batch to batch and brought up to date from its bitmaps. */

import type { Allocation } from "../../domain/allocation.js";
import type { Size } from "../../domain/board.js";
import type { PlacementRequest } from "../../domain/request.js";
import { type BoardSnapshot, blankSnapshot, refresh } from "../bitmaps/board-snapshot.js";
import { Topology } from "../bitmaps/topology.js";
import { BlockSurvey } from "../feasibility/block-survey.js";
import { EmptyMachine } from "../feasibility/empty-machine.js";
import { Prospects } from "../feasibility/feasible-shapes.js";
import { Search } from "./search.js";
import { SearchSpace } from "./search-space.js";

export class MachineSearch {
  private readonly snapshot: BoardSnapshot;
  private topologyVersion = 0;
  private space!: SearchSpace;
  private prospects!: Prospects;
  private search!: Search;
  /** The machine when empty; made when first asked for. */
  private emptyMachine: EmptyMachine | null = null;
  /** The same with its quarantined boards back. */
  private wholeMachine: EmptyMachine | null = null;

  constructor(private readonly buffer: SharedArrayBuffer) {
    this.snapshot = blankSnapshot(buffer);
    this.refresh();
  }

  /** Brings the copy up to date; what was placed on it is forgotten. Returns the epoch. */
  refresh(): number {
    const { snapshot } = this;
    refresh(this.buffer, snapshot);
    if (snapshot.topologyVersion !== this.topologyVersion) {
      this.topologyVersion = snapshot.topologyVersion;
      this.prospects = prospectsOf(snapshot, { quarantineIsDead: true });
      this.space = new SearchSpace(this.prospects.survey.topology);
      this.search = new Search(this.space, this.prospects);
      this.emptyMachine = null;
      this.wholeMachine = null;
    }
    this.space.load(snapshot);
    return snapshot.epoch;
  }

  get size(): Size {
    return this.space.grid;
  }

  /**
   * Finds a place on the copy and takes it there; null when there is none now.
   * @param rows How many, from the lowest on, may hold it; all by default.
   */
  place(request: PlacementRequest, rows = this.size.height): Allocation | null {
    const allocation = this.search.find(request, rows);
    if (allocation !== null) this.space.occupy(allocation);
    return allocation;
  }

  /** Frees boards on the copy. */
  release(allocation: Allocation): void {
    this.space.release(allocation);
  }

  /** Whether the machine could hold the request when empty, as it is or with its quarantined boards back. */
  isPossible(request: PlacementRequest): boolean {
    return this.isPossibleNow(request) || this.isPossibleWhole(request);
  }

  /** Whether the machine could hold the request when empty, with its quarantined boards as dead. */
  isPossibleNow(request: PlacementRequest): boolean {
    this.emptyMachine ??= new EmptyMachine(this.prospects);
    return this.emptyMachine.holds(request);
  }

  /** Whether the machine could hold the request when empty, with its quarantined boards back. */
  isPossibleWhole(request: PlacementRequest): boolean {
    return this.whole().holds(request);
  }

  private whole(): EmptyMachine {
    if (this.wholeMachine === null) {
      const { snapshot, emptyMachine } = this;
      const isWhole = snapshot.quarantined.every((word) => word === 0);
      this.wholeMachine =
        isWhole && emptyMachine !== null
          ? emptyMachine
          : new EmptyMachine(prospectsOf(snapshot, { quarantineIsDead: false }));
    }
    return this.wholeMachine;
  }
}

function prospectsOf(
  snapshot: BoardSnapshot,
  options: { readonly quarantineIsDead: boolean },
): Prospects {
  return new Prospects(new BlockSurvey(new Topology(snapshot, options)));
}
