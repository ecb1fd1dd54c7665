/** What a machine could hold if no board of it were in use. */
import { Search } from "./search.js";
import { SearchSpace } from "./search-space.js";
import type { Topology } from "./topology.js";
import type { PlacementRequest } from "./types.js";

/** Clients choose sizes and limits, so the kinds of requests are without end. */
const MOST_VERDICTS_KEPT = 10_000;

export class EmptyMachine {
  private readonly search: Search;
  /** Whether it holds a request, by the request's JSON. */
  private readonly verdicts = new Map<string, boolean>();

  constructor(topology: Topology) {
    this.search = new Search(new SearchSpace(topology));
  }

  holds(request: PlacementRequest): boolean {
    const key = JSON.stringify(request);
    let verdict = this.verdicts.get(key);
    if (verdict === undefined) {
      verdict = this.search.find(request) !== null;
      if (this.verdicts.size >= MOST_VERDICTS_KEPT) this.verdicts.clear();
      this.verdicts.set(key, verdict);
    }
    return verdict;
  }
}
