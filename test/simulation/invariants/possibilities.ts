/** Whether a machine of the running configuration could ever hold a job: the queues' own question. */

import type { JobRecord } from "../../../src/engine/contract/records.js";
import type { LiveMachine } from "../../../src/engine/state/live-job.js";
import type { BoardBitmaps } from "../../../src/placement/bitmaps/board-bitmaps.js";
import { MachineSearch } from "../../../src/placement/search/machine-search.js";
import type { World } from "../world.js";

/** What decides where a job may run. */
export type Wish = Pick<JobRecord, "machine" | "tags" | "request">;

export class Possibilities {
  private readonly searches = new WeakMap<BoardBitmaps, MachineSearch>();

  constructor(private readonly world: World) {}

  /** Some day: when empty, quarantined boards may be back. */
  mayRun(wish: Wish, machine: LiveMachine): boolean {
    return isOffered(wish, machine) && this.searchOf(machine).isPossible(wish.request);
  }

  /** On the boards that work now, if none were in use. */
  mayRunNow(wish: Wish, machine: LiveMachine): boolean {
    return isOffered(wish, machine) && this.searchOf(machine).isPossibleNow(wish.request);
  }

  /** When empty, with all quarantined boards back. */
  mayRunWhole(wish: Wish, machine: LiveMachine): boolean {
    return isOffered(wish, machine) && this.searchOf(machine).isPossibleWhole(wish.request);
  }

  private searchOf(machine: LiveMachine): MachineSearch {
    let search = this.searches.get(machine.bitmaps);
    if (search === undefined) {
      search = new MachineSearch(machine.bitmaps.buffer);
      this.searches.set(machine.bitmaps, search);
    }
    search.refresh();
    return search;
  }

  /** Whether any machine could hold a job, that lives or has just ended, when empty. */
  isPossible(jobId: number): boolean {
    const { engine, store } = this.world;
    const wish = store.accepted.jobs.get(jobId) ?? store.reported.jobs.get(jobId);
    if (wish === undefined) return false;
    return engine["state"].machines.some((machine) => this.mayRun(wish, machine));
  }
}

function isOffered({ machine: name, tags }: Wish, machine: LiveMachine): boolean {
  return name === null
    ? tags.every((tag) => machine.description.tags.includes(tag))
    : machine.name === name;
}
