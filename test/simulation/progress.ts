/** How what is under way comes to happen: one by one, as the scenario says, or until all is quiet. */
import type { BmpNews } from "../../src/engine/ports.js";
import type { World } from "./world.js";

/** Steps of settling; a world that takes more goes in circles. */
const MOST_STEPS = 20_000;

export class Progress {
  constructor(private readonly world: World) {}

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
    const { orderId, jobId, direction } = submitted.order;
    this.world.step(
      () => `the BMPs carry out order ${orderId}: job ${jobId} ${direction}`,
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

  tell(news: BmpNews): void {
    const board = news.news === "dark" ? ` board ${news.board}` : "";
    this.world.step(
      () => `BMP ${news.bmp}${board}: ${news.news}`,
      () => this.world.bmps.news.tell(news),
    );
  }

  /** Time passes to that moment or to the next timer, which then is due. */
  passTo(ms: number): void {
    this.endTurn();
    const due = this.world.clock.nextTimerAt;
    const to = due === null ? ms : Math.max(this.world.clock.elapsed(), Math.min(due, ms));
    this.world.step(
      () => `time passes to ${(to / 1000).toFixed(3)}`,
      () => this.world.clock.passTo(to),
    );
  }

  /** Everything that is under way happens, without time passing. */
  settle(): void {
    const { clock, search, store, bmps } = this.world;
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      if (clock.turnIsOpen) this.endTurn();
      else if (search.searches.length > 0) this.answerSearch();
      else if (store.canReport) this.report();
      else if (store.canWrite) this.write();
      else if (bmps.outcomes.length > 0) this.reportOutcome();
      else if (bmps.next.length > 0) this.carryOut();
      else if (bmps.news.untold.length > 0) this.tell(bmps.news.untold[0]!);
      else return;
    }
    throw new Error("the world does not come to rest");
  }

  /** Lets time pass, with everything that happens meanwhile. */
  pass(ms: number, meanwhile: () => void = () => {}): void {
    const end = this.world.clock.elapsed() + ms;
    for (;;) {
      this.settle();
      meanwhile();
      if (this.world.clock.elapsed() >= end && !this.hasTimerBy(end)) return;
      this.passTo(end);
    }
  }

  private hasTimerBy(ms: number): boolean {
    const due = this.world.clock.nextTimerAt;
    return due !== null && due <= ms;
  }
}
