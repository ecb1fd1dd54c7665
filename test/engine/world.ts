/**
 * The engine in a simulated world: time, store, search and BMPs are all in memory, and happen when
 * the test, or the seed, says so. The search is the real one, called in place.
 */
import { placeBatch } from "../../src/allocation/batch.js";
import type { SearchAnswer, SearchBatch } from "../../src/allocation/types.js";
import type { ConfigurationDescription } from "../../src/config/description.js";
import type { Changes, CommitMark } from "../../src/engine/api.js";
import { Engine } from "../../src/engine/engine.js";
import { SimulatedBmps } from "./simulated-bmps.js";
import { SimulatedClock } from "./simulated-clock.js";
import { SimulatedStore } from "./simulated-store.js";

interface Search {
  readonly batch: SearchBatch;
  readonly done: (answer: SearchAnswer) => void;
}

export class World {
  readonly clock = new SimulatedClock();
  readonly store = new SimulatedStore();
  readonly bmps = new SimulatedBmps();
  engine: Engine;
  /** Searches under way; the answer to one is found when it is given, on the bitmaps of then. */
  searches: Search[] = [];
  /** Watchers of everything were told of these since the list was last emptied. */
  told: { jobs: number[]; machines: string[] } = { jobs: [], machines: [] };
  durable: CommitMark = 0;
  readonly log: string[] = [];

  constructor(public configuration: ConfigurationDescription) {
    this.engine = this.startEngine();
  }

  private startEngine(): Engine {
    const note = (_fields: object, message: string) => void this.log.push(message);
    const engine = new Engine({
      clock: this.clock,
      store: this.store,
      bmp: this.bmps,
      search: { search: (batch, done) => void this.searches.push({ batch, done }) },
      log: { debug: note, info: note, warn: note, error: note },
      listener: {
        durable: (mark) => {
          this.durable = mark;
        },
        changed: (changes: Changes) => {
          this.told.jobs.push(...changes.jobs);
          this.told.machines.push(...changes.machines);
        },
      },
    });
    this.bmps.onOutcome = (outcome) => engine.powerOutcome(outcome);
    engine.start(this.store.load(), this.configuration);
    return engine;
  }

  /** kill -9: what was not committed is gone; then a new server starts on what was. */
  crash(configuration = this.configuration): void {
    this.clock.crash();
    this.store.crash();
    this.bmps.crash();
    this.searches = [];
    this.durable = 0;
    this.configuration = configuration;
    this.engine = this.startEngine();
  }

  answerSearch(): void {
    const search = this.searches.shift();
    if (search) search.done(placeBatch(search.batch));
  }

  /** Everything that is under way happens, in a fixed order, without time passing. */
  settle({ bmps = true } = {}): void {
    for (let steps = 0; steps < 100_000; steps++) {
      if (this.clock.turnIsOpen) this.clock.endTurn();
      else if (this.searches.length > 0) this.answerSearch();
      else if (this.store.hasWaiting) this.store.commitOne();
      else if (bmps && this.bmps.next.length > 0) this.bmps.carryOut(this.bmps.next[0]!);
      else return;
    }
    throw new Error("the world does not come to rest");
  }

  /** Lets time pass, with everything that happens meanwhile. */
  pass(ms: number): void {
    const end = this.clock.elapsed() + ms;
    this.settle();
    for (let at = this.clock.nextTimerAt; at !== null && at <= end; at = this.clock.nextTimerAt) {
      this.clock.passTo(at);
      this.settle();
    }
    this.clock.passTo(end);
    this.settle();
  }
}
