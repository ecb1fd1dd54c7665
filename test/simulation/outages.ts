/** What befalls the edits: boards that break, reloads, crashes, stops, cold starts. */

import { OPERATOR } from "../../src/engine/contract/actors.js";
import type { Invariants } from "./invariants/index.js";
import type { OperatorEdits } from "./operator-edits.js";
import { frameOf } from "./positions.js";
import type { Random } from "./random.js";
import { hold } from "./violation.js";
import type { World } from "./world.js";

/** Shorter ones are not noticed, and count. */
const SHORTEST_ABSENCE_MS = 1001;
const LONGEST_ABSENCE_MS = 120_000;

export class Outages {
  private readonly places: readonly string[];

  constructor(
    private readonly world: World,
    private readonly edits: OperatorEdits,
    private readonly random: Random,
    private readonly clients: readonly { disconnected(): void }[],
    private readonly invariants: Invariants,
  ) {
    this.places = edits.places;
  }

  breakBoard(): void {
    const place = this.random.pick(this.places);
    this.world.step(
      () => `the board at ${place} breaks`,
      () => this.world.bmps.bad.add(place),
    );
  }

  mendBoard(): void {
    const { bad } = this.world.bmps;
    if (bad.size === 0) return;
    const place = this.random.pick([...bad]);
    this.world.step(
      () => `the board at ${place} is well again`,
      () => bad.delete(place),
    );
  }

  /** A board loses its power, by whatever reason. */
  darken(): void {
    const { powered, observations } = this.world.bmps;
    if (powered.size === 0) return;
    const place = this.random.pick([...powered]);
    this.world.step(
      () => `the board at ${place} goes off`,
      () => observations.goDark(place),
    );
  }

  /** Somebody resets a board, not by way of the server. */
  reset(): void {
    const { powered, observations } = this.world.bmps;
    if (powered.size === 0) return;
    const place = this.random.pick([...powered]);
    this.world.step(
      () => `the board at ${place} is reset behind the server's back`,
      () => observations.reset(place),
    );
  }

  /** Somebody powers a board on, not by way of the server. */
  powerOnByHand(): void {
    const { powered, bad, observations } = this.world.bmps;
    const place = this.random.pick(this.places);
    if (powered.has(place) || bad.has(place)) return;
    this.world.step(
      () => `the board at ${place} is powered on behind the server's back`,
      () => observations.powerOn(place),
    );
  }

  /** The server looks at a board that is on, rightly or not. */
  lookAtBoard(): void {
    const { powered, observations } = this.world.bmps;
    if (powered.size === 0) return;
    const found = observations.foundOn(this.random.pick([...powered]));
    if (found !== null) this.world.progress.tell(found);
  }

  /** A BMP stops answering, or answers again. */
  silence(): void {
    const { silent } = this.world.bmps.observations;
    const frame =
      silent.size > 0 ? this.random.pick([...silent]) : frameOf(this.random.pick(this.places));
    this.world.step(
      () => `the BMP of frame ${frame} ${silent.has(frame) ? "is well again" : "stops answering"}`,
      () => silent.delete(frame) || silent.add(frame),
    );
  }

  /** A BMP refuses every power-on, or powers boards on again. */
  refuse(): void {
    const { refusing } = this.world.bmps;
    const frame =
      refusing.size > 0 ? this.random.pick([...refusing]) : frameOf(this.random.pick(this.places));
    this.world.step(
      () =>
        `the BMP of frame ${frame} ${refusing.has(frame) ? "is well again" : "refuses power-ons"}`,
      () => refusing.delete(frame) || refusing.add(frame),
    );
  }

  /** What the BMPs show reaches the server. */
  reportObservation(): void {
    const { untold } = this.world.bmps.observations;
    if (untold.length > 0) this.world.progress.tell(this.random.pick(untold));
  }

  reload(): void {
    const configuration = this.edits.next();
    const names = configuration.machines.map(({ name }) => name);
    this.world.step(
      () => `the configuration is read again: machines ${names.join(", ")}`,
      () => this.world.reconfigure(configuration),
    );
  }

  /** The server is stopped, or its machine suspended; timers that come due meanwhile are late. */
  absence(): void {
    const ms = SHORTEST_ABSENCE_MS + this.random.below(LONGEST_ABSENCE_MS);
    this.world.step(
      () => `the server is away for ${(ms / 1000).toFixed(3)} s`,
      () => this.world.beAway(ms),
    );
  }

  /** An operator ends the grace of all jobs that have one. */
  endGrace(): void {
    const { operator } = this.world.engine;
    if (operator.jobsInGrace().length === 0) return;
    this.world.step(
      () => "an operator ends the grace",
      () => {
        operator.endGrace(null, OPERATOR);
        this.invariants.graceEnded();
      },
    );
  }

  /** The server is killed, with some of what was under way done and unheard of, and started again. */
  crash(): void {
    const { random, world } = this;
    const { store, bmps } = world;
    world.step(
      () => "the server is killed",
      () => {
        while (store.canWrite && random.chance(0.4)) store.write();
        for (const submitted of bmps.next) if (random.chance(0.3)) bmps.carryOut(submitted);
        this.restart(false);
      },
    );
  }

  /** SIGTERM; the server ends when all is done. */
  stop(): void {
    if (this.world.stopping !== "no") return;
    this.world.step(
      () => "the server is asked to stop",
      () => this.world.stop(),
    );
  }

  /** A stop takes too long: the server ends with orders that the BMPs are at, or have not begun. */
  stopIsOver(): void {
    const { random, world } = this;
    const { store, bmps, engine } = world;
    if (world.stopping !== "asked") return;
    world.progress.endTurn();
    engine.end();
    while (store.canWrite) world.progress.write();
    while (store.canReport) world.progress.report();
    world.step(
      () => "the time to stop is over",
      () => {
        for (const submitted of bmps.next) if (random.chance(0.5)) bmps.carryOut(submitted);
        this.restart(random.chance(0.2));
      },
    );
  }

  /** The server has stopped, and another one starts. */
  restartStopped(): void {
    const { store } = this.world;
    const cold = this.random.chance(0.2);
    this.world.step(
      () => `the server has stopped; ${cold ? "a cold" : "another"} start`,
      () => {
        hold(!store.hasWaiting, () => "the server stopped before everything was durable");
        this.restart(cold);
      },
    );
  }

  private restart(cold: boolean): void {
    const { random, world } = this;
    world.die();
    for (const client of this.clients) client.disconnected();
    this.invariants.died(cold);
    if (random.chance(0.3)) world.configuration = this.edits.next();
    if (random.chance(0.5)) world.clock.passTo(world.clock.elapsedMs() + random.below(60_000));
    world.start({ cold });
  }
}
