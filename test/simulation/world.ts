/**
 * The engine and the server in a simulated world: time, disk, search and BMPs are in memory and
 * happen when the scenario says so. Each thing that happens is a step; whoever watches the world
 * is called after each one.
 */

import type { ConfigurationDescription } from "../../src/config/description.js";
import type { EventSubscriber } from "../../src/engine/contract/events.js";
import type { Log } from "../../src/engine/contract/log.js";
import type { SavedState } from "../../src/engine/contract/records.js";
import { Engine } from "../../src/engine/engine.js";
import { type ColdStart, coldStart } from "../../src/engine/inputs/cold-start.js";
import { SimulatedBmps } from "./bmps.js";
import { SimulatedClock } from "./clock.js";
import { Progress } from "./progress.js";
import { SimulatedSearch } from "./search.js";
import { SimulatedServer } from "./server.js";
import { SimulatedStore } from "./store.js";
import { changes, place, type Trace } from "./trace.js";
import type { ServerWitness } from "./witness.js";

export interface WorldOptions {
  readonly configuration: ConfigurationDescription;
  readonly trace: Trace;
  /** Units of work in a slice of long work. Default: enough for all of it. */
  readonly unitsPerSlice?: number;
}

export class World {
  readonly clock = new SimulatedClock();
  readonly store = new SimulatedStore();
  readonly bmps = new SimulatedBmps(this.clock);
  readonly search = new SimulatedSearch();
  /** How what is under way comes to happen. */
  readonly progress = new Progress(this);
  configuration: ConfigurationDescription;
  engine!: Engine;
  server!: SimulatedServer;
  /** Of what clients see. */
  witness!: ServerWitness;
  /** Called after each step. */
  afterStep: () => void = () => {};
  /** Called when a server is about to start on what is on disk. */
  beforeStart: () => void = () => {};
  /** Called with what the engine says about each commit. */
  onEvents: EventSubscriber = () => {};
  /** Called when a server has started. */
  afterStart: () => void = () => {};
  /** Called when the server has been away for so long. */
  onAbsence: (ms: number) => void = () => {};
  /** Called when another configuration is about to be applied. */
  onConfiguration: () => void = () => {};
  /** The step in which a configuration was applied last. */
  configuredAt = 0;
  stopping: "no" | "asked" | "done" = "no";
  starting = false;
  /** What the running server forgot when it started; null when it went on with what was saved. */
  coldStart: ColdStart | null = null;
  steps = 0;
  private readonly trace: Trace;
  private readonly unitsPerSlice: number;

  constructor({ configuration, trace, unitsPerSlice = 1000 }: WorldOptions) {
    this.unitsPerSlice = unitsPerSlice;
    this.configuration = configuration;
    this.trace = trace;
    this.store.onCommit = (set, mark) => this.note(() => `set ${mark}: ${changes(set)}`);
  }

  /** One thing happens. */
  step(what: () => string, happen: () => void): void {
    this.trace(() => `${(this.clock.elapsedMs() / 1000).toFixed(3).padStart(9)}  ${what()}`);
    this.steps += 1;
    happen();
    this.afterStep();
  }

  /** Something that came of the step. */
  note(what: () => string): void {
    this.trace(() => `             ${what()}`);
  }

  /** A server starts on what is on disk; `cold`: and forgets it. */
  start({ cold = false } = {}): void {
    const saved = this.store.load();
    this.coldStart = cold ? this.forget(saved) : null;
    this.stopping = "no";
    this.starting = true;
    this.configuredAt = this.steps;
    this.onConfiguration();
    const log = this.log();
    const engine: Engine = new Engine({
      clock: this.clock,
      store: this.store,
      search: this.search,
      bmp: this.bmps,
      log,
      unitsPerSlice: this.unitsPerSlice,
    });
    this.engine = engine;
    engine.subscribe((events) => this.onEvents(events));
    this.beforeStart();
    this.server = new SimulatedServer(engine, this.witness, log);
    this.bmps.onOutcome = (outcome) => engine.powerOutcome(outcome);
    this.bmps.observations.onObservation = (observation) => engine.bmpObservation(observation);
    engine.start(saved, this.configuration, { cold: this.coldStart });
    this.starting = false;
    this.afterStart();
  }

  /** What a cold start makes of the state. */
  forget(saved: SavedState): ColdStart {
    const cooldownMs = this.configuration.secondsBeforeFree * 1000;
    return coldStart(saved, { settings: { cooldownMs }, clock: this.clock });
  }

  /** The operator has the configuration file read again. */
  reconfigure(
    configuration: ConfigurationDescription,
    apply: () => void = () => void this.engine.reconfigure(configuration),
  ): void {
    this.configuration = configuration;
    this.configuredAt = this.steps;
    this.onConfiguration();
    apply();
  }

  /** The server is stopped for a time, and goes on as if nothing had been. */
  beAway(ms: number): void {
    this.clock.beAway(ms);
    this.onAbsence(ms);
  }

  /** A polite end begins. */
  stop(): void {
    this.stopping = "asked";
    this.engine.stop(() => {
      this.stopping = "done";
    });
  }

  /** Whether nothing at all is under way: only time or somebody outside can change anything. */
  get isQuiet(): boolean {
    const { clock, search, store, bmps } = this;
    return (
      !clock.turnIsOpen &&
      search.searches.length === 0 &&
      !store.hasWaiting &&
      bmps.isIdle &&
      bmps.observations.untold.length === 0
    );
  }

  /** The process ends, by kill -9 or when all is done: what is not on disk is gone. */
  die(): void {
    this.server.close();
    this.clock.crash();
    this.store.crash();
    this.search.crash();
    this.bmps.crash();
  }

  private log(): Log {
    const note = (_: object, message: string) => this.note(() => `log: ${message}`);
    return {
      debug: note,
      info: note,
      warn: note,
      error: (fields, message) => {
        if ("err" in fields && fields.err instanceof Error) throw fields.err;
        note(fields, message);
      },
    };
  }

  /** For the trace: an order leaves. */
  noteOrder({ orderId, jobId, machineId, allocation, action, boards }: OrderView): void {
    this.note(
      () =>
        `order ${orderId} to the BMPs: job ${jobId} ${action}, machine ${machineId} ${place(allocation)}${boards === null ? "" : `, of these ${boards}`}`,
    );
  }
}

type OrderView = Parameters<SimulatedBmps["submit"]>[0];
