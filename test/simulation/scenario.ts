/**
 * What happens in a run, drawn from the seed. Each run has its own mixture: some actions are left
 * out, others come often, so that runs differ in kind and not only in detail.
 */
import { ClientActions } from "./clients/actions.js";
import { Flood } from "./clients/flood.js";
import { Onlooker } from "./clients/onlooker.js";
import { Owner } from "./clients/owner.js";
import { Invariants } from "./invariants/index.js";
import type { OperatorEdits } from "./operator-edits.js";
import { Outages } from "./outages.js";
import type { Random } from "./random.js";
import type { World } from "./world.js";

const MOST_TRIES = 100;
/** Pauses are of any length up to one of these. */
const PAUSES_MS = [100, 3000, 12_000, 40_000];

interface Action {
  readonly weight: number;
  readonly act: () => void;
}

export class Scenario {
  readonly owners: readonly Owner[];
  readonly onlookers: readonly Onlooker[];
  private readonly actions: readonly Action[];
  private readonly total: number;
  private readonly clients: ClientActions;
  private readonly flood: Flood | null;
  readonly outages: Outages;
  readonly invariants: Invariants;

  constructor(
    private readonly world: World,
    edits: OperatorEdits,
    private readonly random: Random,
    /** What a hostile host does is drawn from; null for a run without one. */
    hostile: Random | null = null,
  ) {
    const honest = [1, 2, 3].map((n) => new Owner(world, `owner ${n}`, `10.0.0.${n}`));
    this.flood = hostile && new Flood(world, hostile);
    this.owners = this.flood === null ? honest : [...honest, this.flood.owner];
    this.onlookers = [1, 2].map((n) => new Onlooker(world, `onlooker ${n}`));
    this.invariants = new Invariants(world, this.owners, this.onlookers);
    this.clients = new ClientActions(world, random, honest, this.onlookers);
    this.outages = new Outages(
      world,
      edits,
      random,
      [...this.owners, ...this.onlookers],
      this.invariants,
    );
    this.actions = this.mixture();
    this.total = this.actions.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** One thing happens: of what is drawn, the first that can. */
  next(): void {
    const { steps } = this.world;
    for (let tries = 0; tries < MOST_TRIES && this.world.steps === steps; tries++) this.draw();
    this.flood?.next();
  }

  private draw(): void {
    if (this.world.stopping === "done") this.outages.restartStopped();
    let at = this.random.next() * this.total;
    for (const { weight, act } of this.actions) {
      at -= weight;
      if (at < 0) {
        act();
        return;
      }
    }
  }

  private mixture(): Action[] {
    const { random, world, outages, clients } = this;
    const often = (weight: number, act: () => void): Action => ({ weight, act });
    const some = (weight: number, act: () => void): Action => ({
      weight: weight * random.pick([0, 0.3, 1, 1, 1, 3]),
      act,
    });
    return [
      often(16, () => clients.create()),
      some(6, () => clients.destroy()),
      some(4, () => clients.command("power_on_job_boards")),
      some(4, () => clients.command("power_off_job_boards")),
      some(4, () => clients.command("job_keepalive")),
      some(2, () => clients.command("get_job_machine_info")),
      some(2, () => clients.rewatch()),
      some(2, () => clients.whereIs()),
      some(2, () => clients.vanish()),
      often(6, () => clients.connect()),
      often(30, () => clients.read()),
      often(14, () => world.progress.endTurn()),
      often(8, () => this.find()),
      often(12, () => this.deliver()),
      often(12, () => world.store.canWrite && world.progress.write()),
      often(14, () => world.store.canReport && world.progress.report()),
      often(10, () => this.carryOut()),
      often(10, () => this.reportOutcome()),
      often(10, () => {
        const pauseMs = random.below(random.pick(PAUSES_MS));
        world.progress.passTo(world.clock.elapsedMs() + pauseMs);
      }),
      some(0.5, () => this.jump()),
      some(1, () => outages.breakBoard()),
      some(3, () => outages.mendBoard()),
      some(1, () => outages.darken()),
      some(1, () => outages.reset()),
      some(1, () => outages.powerOnByHand()),
      some(2, () => outages.lookAtBoard()),
      some(0.5, () => outages.silence()),
      some(0.5, () => outages.refuse()),
      often(4, () => outages.reportObservation()),
      some(1, () => outages.reload()),
      some(0.5, () => outages.endGrace()),
      some(0.5, () => outages.absence()),
      some(1, () => outages.crash()),
      some(0.4, () => outages.stop()),
      some(0.4, () => outages.stopIsOver()),
      some(1, () => world.progress.settle()),
    ];
  }

  private find(): void {
    const waiting = this.world.search.searches.filter(({ answer }) => answer === null);
    if (waiting.length === 0) return;
    const search = this.random.pick(waiting);
    const worker = this.random.below(2);
    this.world.step(
      () => `worker ${worker} searches`,
      () => {
        search.answer = this.world.search.find(search, worker);
      },
    );
  }

  private deliver(): void {
    const { searches } = this.world.search;
    if (searches.length > 0) this.world.progress.answerSearch(this.random.pick(searches));
  }

  private carryOut(): void {
    const { next } = this.world.bmps;
    if (next.length > 0) this.world.progress.carryOut(this.random.pick(next));
  }

  private reportOutcome(): void {
    const { outcomes } = this.world.bmps;
    if (outcomes.length > 0) this.world.progress.reportOutcome(this.random.pick(outcomes));
  }

  private jump(): void {
    const ms = this.random.pick([-3_600_000, -5000, 5000, 3_600_000]);
    this.world.step(
      () => `the wall clock is set by ${ms / 1000} s`,
      () => this.world.clock.jump(ms),
    );
  }
}
