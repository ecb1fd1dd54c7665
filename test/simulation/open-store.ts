/**
 * The simulated store behind the port of src/engine/contract/store-port.ts, so that it passes the same
 * contract as every other one. In the simulation the scenario says when a change set reaches the
 * disk and when the engine hears of it; here one of both happens in each turn.
 */
import type { ChangeSet, SavedState } from "../../src/engine/contract/records.js";
import type { Store, StoreOptions } from "../../src/engine/contract/store-port.js";
import { SimulatedStore } from "./store.js";

/** A state that processes may open, one at a time. */
export class SimulatedState {
  readonly store = new SimulatedStore();
  holder: OpenSimulatedStore | null = null;
  leftOpen = false;

  /** Rejects while another has it open. */
  async open(options: StoreOptions): Promise<Store> {
    if (this.holder !== null) throw new Error("the simulated state is in use");
    this.holder = new OpenSimulatedStore(this, options, this.leftOpen);
    return this.holder;
  }

  /** Another process takes the state, and ends without closing it. */
  async takeAway(): Promise<void> {
    this.holder?.lose(new Error("another process has taken the simulated state"));
    this.holder = null;
    this.leftOpen = true;
    this.store.crash();
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

class OpenSimulatedStore implements Store {
  private lost: Error | null = null;
  private closed: Promise<void> | null = null;
  private proceeding = false;
  /** Resolves when the holder knows that it lost the state. */
  private told: Promise<void> | null = null;

  constructor(
    private readonly state: SimulatedState,
    private readonly options: StoreOptions,
    readonly leftOpen: boolean,
  ) {}

  get isFull(): boolean {
    return this.state.store.isFull;
  }

  async load(): Promise<SavedState> {
    if (this.lost !== null) throw this.lost;
    return this.state.store.load();
  }

  async clear(): Promise<void> {
    if (this.lost !== null) throw this.lost;
    this.state.store.clear();
  }

  readonly excluded = [];

  async dropExcluded(): Promise<void> {}

  commit(changes: ChangeSet, done: () => void): void {
    if (this.closed !== null) throw new Error("commit after the store was closed");
    if (this.lost !== null) return;
    this.state.store.commit(changes, done);
    if (!this.proceeding) void this.proceed();
  }

  close(asFound = false): Promise<void> {
    this.closed ??= this.end(asFound);
    return this.closed;
  }

  lose(reason: Error): void {
    this.lost = reason;
    this.told = turn().then(() => this.options.onLost(reason));
  }

  private async proceed(): Promise<void> {
    const { store } = this.state;
    this.proceeding = true;
    for (;;) {
      await turn();
      if (this.lost !== null || !store.hasWaiting) break;
      if (store.canReport) store.report();
      else store.write();
    }
    this.proceeding = false;
  }

  private async end(asFound: boolean): Promise<void> {
    while (this.lost === null && this.state.store.hasWaiting) await turn();
    if (this.lost !== null) {
      await this.told;
      throw this.lost;
    }
    if (!asFound) this.state.leftOpen = false;
    this.state.holder = null;
  }
}
