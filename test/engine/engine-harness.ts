/**
 * The engine alone in the simulated world of `test/simulation`, without the server and its clients:
 * what is under way happens when the test says so.
 */

import type { ConfigurationDescription } from "../../src/config/description.js";
import type { CommitMark } from "../../src/engine/contract/api.js";
import type { EngineEvent } from "../../src/engine/contract/events.js";
import { Engine } from "../../src/engine/engine.js";
import { type ColdStart, coldStart } from "../../src/engine/inputs/cold-start.js";
import { type Admission, admitAll } from "../../src/engine/queue/admission.js";
import { UNITS_PER_SLICE } from "../../src/engine/state/slices.js";
import { changesIn } from "../../src/protocol/changes.js";
import { SimulatedBmps } from "../simulation/bmps.js";
import { SimulatedClock } from "../simulation/clock.js";
import { SimulatedSearch } from "../simulation/search.js";
import { SimulatedStore } from "../simulation/store.js";

export class EngineHarness {
  readonly clock = new SimulatedClock();
  readonly store = new SimulatedStore();
  readonly bmps = new SimulatedBmps(this.clock);
  readonly search = new SimulatedSearch();
  engine: Engine;
  /** Ids of the jobs of each search that was begun since the list was last emptied. */
  searched: number[][] = [];
  /** Of these, watchers of everything were notified since the list was last emptied. */
  told: { jobs: number[]; machines: string[] } = { jobs: [], machines: [] };
  /** Everything that was told since the harness was made. */
  readonly events: EngineEvent[] = [];
  readonly log: string[] = [];

  constructor(
    public configuration: ConfigurationDescription,
    private readonly admission: Admission = admitAll,
    private readonly unitsPerSlice = UNITS_PER_SLICE,
  ) {
    this.engine = this.startEngine();
  }

  private startEngine(cold = false): Engine {
    const note = (_fields: object, message: string) => void this.log.push(message);
    const engine = new Engine({
      clock: this.clock,
      store: this.store,
      bmp: this.bmps,
      admission: this.admission,
      unitsPerSlice: this.unitsPerSlice,
      search: {
        search: (batch, done) => {
          this.searched.push(batch.items.map(({ jobId }) => jobId));
          this.search.search(batch, done);
        },
      },
      log: { debug: note, info: note, warn: note, error: note },
    });
    engine.subscribe((events) => {
      this.events.push(...events);
      const changes = changesIn(events);
      this.told.jobs.push(...(changes?.jobs ?? []));
      this.told.machines.push(...(changes?.machines ?? []));
    });
    this.bmps.onOutcome = (outcome) => engine.powerOutcome(outcome);
    this.bmps.observations.onObservation = (observation) => engine.bmpObservation(observation);
    const saved = this.store.load();
    engine.start(saved, this.configuration, { cold: cold ? this.coldStart(saved) : null });
    return engine;
  }

  coldStart(saved = this.store.load()): ColdStart {
    const cooldownMs = this.configuration.secondsBeforeFree * 1000;
    return coldStart(saved, { settings: { cooldownMs }, clock: this.clock });
  }

  get durable(): CommitMark {
    return this.engine.durableMark();
  }

  /** kill -9: what was not committed is gone; then a new server starts on what was, or forgets it. */
  crash(configuration = this.configuration, { cold = false } = {}): void {
    this.clock.crash();
    this.store.crash();
    this.bmps.crash();
    this.search.crash();
    this.configuration = configuration;
    this.engine = this.startEngine(cold);
  }

  /** The oldest search gets its answer, found on the bitmaps of now. */
  answerSearch(): void {
    this.search.deliver(this.search.searches[0]!);
  }

  /** The BMPs do what is next for them, and report it. */
  carryOutOrder(): void {
    this.bmps.carryOut(this.bmps.next[0]!);
    this.bmps.report(this.bmps.outcomes[0]!);
  }

  /** Everything that is under way happens, in a fixed order, without time passing. */
  settle({ bmps = true } = {}): void {
    for (let steps = 0; steps < 100_000; steps++) {
      if (this.clock.turnIsOpen) this.clock.endTurn();
      else if (this.search.searches.length > 0) this.answerSearch();
      else if (this.store.hasWaiting) this.store.commitOne();
      else if (bmps && this.bmps.next.length > 0) this.carryOutOrder();
      // Power-ons that were cancelled are reported without being carried out.
      else if (bmps && this.bmps.outcomes.length > 0) this.bmps.report(this.bmps.outcomes[0]!);
      else return;
    }
    throw new Error("the world does not settle");
  }

  /** Lets time pass, with everything that happens meanwhile. */
  pass(ms: number): void {
    const end = this.clock.elapsedMs() + ms;
    this.settle();
    for (let at = this.clock.nextTimerAt; at !== null && at <= end; at = this.clock.nextTimerAt) {
      this.clock.passTo(at);
      this.settle();
    }
    this.clock.passTo(end);
    this.settle();
  }

  /** Lets time pass in which nothing is searched, written or done. */
  passAlone(ms: number): void {
    const { clock } = this;
    const end = clock.elapsedMs() + ms;
    for (let at = clock.nextTimerAt; at !== null && at <= end; at = clock.nextTimerAt) {
      clock.passTo(at);
      clock.endTurn();
    }
    clock.passTo(end);
    clock.endTurn();
  }
}
