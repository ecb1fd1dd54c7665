/** What befalls the server itself: it is stopped for a while, and once a minute killed and started. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../simulation/random.js";
import type { Besieged } from "./besieged.js";
import type { Judge } from "./judge.js";
import { rest } from "./rest.js";

const KILL_EVERY_MS = 60_000;
/** Of that time, before the first one. */
const FIRST_KILL = 0.55;
/** Now and then for longer than a keepalive of the honest lasts. */
const STOPS_MS = [300, 1_500, 1_500, 8_000];
/** In which what has piled up meanwhile is worked off. */
const PILED_UP_MS = 1_000;
const SHORTEST_REST_MS = 4_000;
const LONGEST_REST_MS = 20_000;

export class Blows {
  kills = 0;
  stops = 0;
  private slowestMs = 0;

  constructor(
    private readonly besieged: Besieged,
    private readonly judge: Judge,
    private readonly random: Random,
    private readonly options: {
      readonly startLimitMs: number;
      /** Jobs that must be there after a start. */
      acknowledged(): number[];
      /** The server is about to be killed. */
      dying(): void;
      started(): void;
    },
  ) {}

  get slowestStartMs(): number {
    return Math.round(this.slowestMs);
  }

  async strike(isOver: () => boolean): Promise<void> {
    const { random } = this;
    let killAtMs = performance.now() + FIRST_KILL * KILL_EVERY_MS;
    while (!isOver()) {
      await rest(SHORTEST_REST_MS + random.below(LONGEST_REST_MS - SHORTEST_REST_MS), isOver);
      if (isOver()) return;
      if (performance.now() < killAtMs) await this.stop();
      else {
        await this.kill();
        killAtMs += KILL_EVERY_MS;
      }
    }
  }

  async kill(): Promise<void> {
    const { besieged, judge, options } = this;
    const { interruptions } = judge;
    interruptions.begin(performance.now());
    const acknowledged = options.acknowledged();
    options.dying();
    this.kills += 1;
    const { jobs, ms } = await besieged.killAndStart(`kill-${this.kills}`);
    options.started();
    interruptions.end(performance.now());
    this.slowestMs = Math.max(this.slowestMs, ms);
    judge.expect(
      ms <= options.startLimitMs,
      () => `start ${this.kills} took ${Math.round(ms)} ms until the server listed its jobs`,
    );
    const lost = acknowledged.filter((id) => !jobs.has(id));
    judge.expect(
      lost.length === 0,
      () => `after start ${this.kills}, jobs that were acknowledged are gone: ${lost}`,
    );
  }

  private async stop(): Promise<void> {
    const { besieged, judge, random } = this;
    judge.interruptions.begin(performance.now());
    await besieged.stopFor(random.pick(STOPS_MS));
    await sleep(PILED_UP_MS);
    judge.interruptions.end(performance.now());
    this.stops += 1;
  }
}
