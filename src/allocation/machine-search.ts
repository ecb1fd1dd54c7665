/** The search of one machine, kept from batch to batch and brought up to date from its bitmaps. */
import { type BoardSnapshot, blankSnapshot, refresh } from "./board-snapshot.js";
import { Search } from "./search.js";
import { SearchSpace } from "./search-space.js";
import { Topology } from "./topology.js";
import type { Allocation, PlacementRequest } from "./types.js";

/** Clients choose sizes and limits, so the kinds of requests are without end. */
const MOST_VERDICTS_KEPT = 10_000;

export class MachineSearch {
  private readonly snapshot: BoardSnapshot;
  private topologyVersion = 0;
  private space!: SearchSpace;
  private search!: Search;
  /** The machine when empty, with quarantined boards back; made when first asked for. */
  private emptyMachine: Search | null = null;
  /** Whether the empty machine can hold a request, by the request's JSON. */
  private readonly verdicts = new Map<string, boolean>();

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
      this.space = new SearchSpace(new Topology(snapshot, { quarantineIsDead: true }));
      this.search = new Search(this.space);
      this.emptyMachine = null;
      this.verdicts.clear();
    }
    this.space.load(snapshot);
    return snapshot.epoch;
  }

  /** Finds a place on the copy and takes it there; null when there is none now. */
  place(request: PlacementRequest): Allocation | null {
    const allocation = this.search.find(request);
    if (allocation !== null) this.space.occupy(allocation);
    return allocation;
  }

  /** Frees boards on the copy. */
  release(allocation: Allocation): void {
    this.space.release(allocation);
  }

  /** Whether the machine could hold the request when empty, with quarantined boards back. */
  isPossible(request: PlacementRequest): boolean {
    const key = JSON.stringify(request);
    let verdict = this.verdicts.get(key);
    if (verdict === undefined) {
      this.emptyMachine ??= new Search(
        new SearchSpace(new Topology(this.snapshot, { quarantineIsDead: false })),
      );
      verdict = this.emptyMachine.find(request) !== null;
      if (this.verdicts.size >= MOST_VERDICTS_KEPT) this.verdicts.clear();
      this.verdicts.set(key, verdict);
    }
    return verdict;
  }
}
