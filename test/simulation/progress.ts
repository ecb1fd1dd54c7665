/** How what is under way comes to happen: one by one, as the scenario says, or until all is quiet. */
import type { BmpObservation } from "../../src/engine/contract/ports.js";
import type { SimulatedBmps } from "./bmps.js";
import type { SimulatedClock } from "./clock.js";
import type { SimulatedSearch } from "./search.js";
import type { SimulatedStore } from "./store.js";

/** Steps of settling; a world that takes more goes in circles. */
const MOST_STEPS = 20_000;

/** The parts of the world in which something may be under way. */
export interface MovingParts {
  readonly clock: SimulatedClock;
  readonly store: SimulatedStore;
  readonly bmps: SimulatedBmps;
  readonly search: SimulatedSearch;
  /** One thing happens. */
  step(what: () => string, happen: () => void): void;
}

export class Progress {
  constructor(private readonly world: MovingParts) {}

  endTurn(): void {
    if (this.world.clock.turnIsOpen) {
      this.world.step(
        () => "the turn ends",
        () => this.world.clock.endTurn(),
      );
    }
  }

  answerSearch(search = this.world.search.searches[0]!): void {
    const ids = () => search.batch.items.map(({ jobId }) => jobId).join(", ");
    this.world.step(
      () => `the search answers for jobs ${ids()}`,
      () => this.world.search.deliver(search),
    );
  }

  write(): void {
    this.world.step(
      () => "the disk has the next set",
      () => this.world.store.write(),
    );
  }

  report(): void {
    this.world.step(
      () => `set ${this.world.store.reportedMark + 1} is durable`,
      () => this.world.store.report(),
    );
  }

  carryOut(submitted = this.world.bmps.next[0]!): void {
    const { orderId, jobId, action } = submitted.order;
    this.world.step(
      () => `the BMPs carry out order ${orderId}: job ${jobId} ${action}`,
      () => this.world.bmps.carryOut(submitted),
    );
  }

  reportOutcome(finished = this.world.bmps.outcomes[0]!): void {
    const { order, outcome } = finished;
    const failed = outcome.failures.map(({ reason }) => reason).join(", ") || "all well";
    this.world.step(
      () => `the BMPs report order ${order.orderId}: ${failed}`,
      () => this.world.bmps.report(finished),
    );
  }

  tell(observation: BmpObservation): void {
    const board = "board" in observation ? ` board ${observation.board}` : "";
    this.world.step(
      () => `BMP ${observation.bmp}${board}: ${observation.kind}`,
      () => this.world.bmps.observations.tell(observation),
    );
  }

  /** Time passes to that moment or to the next timer, which then is due. */
  passTo(ms: number): void {
    this.endTurn();
    const due = this.world.clock.nextTimerAt;
    const to = due === null ? ms : Math.max(this.world.clock.elapsedMs(), Math.min(due, ms));
    this.world.step(
      () => `time passes to ${(to / 1000).toFixed(3)}`,
      () => this.world.clock.passTo(to),
    );
  }

  /** Everything that is under way happens, without time passing. */
  settle(isOver: () => boolean = () => false): void {
    const { clock, search, store, bmps } = this.world;
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      if (isOver()) return;
      if (clock.turnIsOpen) this.endTurn();
      else if (search.searches.length > 0) this.answerSearch();
      else if (store.canReport) this.report();
      else if (store.canWrite) this.write();
      else if (bmps.outcomes.length > 0) this.reportOutcome();
      else if (bmps.next.length > 0) this.carryOut();
      else if (bmps.observations.untold.length > 0) this.tell(bmps.observations.untold[0]!);
      else return;
    }
    throw new Error("the world does not settle");
  }

  /** Lets time pass, with everything that happens meanwhile. */
  pass(ms: number, meanwhile: () => void = () => {}): void {
    const end = this.world.clock.elapsedMs() + ms;
    for (;;) {
      this.settle();
      meanwhile();
      if (this.world.clock.elapsedMs() >= end && !this.hasTimerBy(end)) return;
      this.passTo(end);
    }
  }

  private hasTimerBy(ms: number): boolean {
    const due = this.world.clock.nextTimerAt;
    return due !== null && due <= ms;
  }
}
