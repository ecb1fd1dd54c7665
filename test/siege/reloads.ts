/** An operator who has the configuration read again and again, and now and then one that cannot be. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../simulation/random.js";
import type { Besieged } from "./besieged.js";
import type { Judge } from "./judge.js";
import { CARELESS, type Carelessness } from "./machines.js";
import type { ReloadKind } from "./report.js";
import { rest } from "./rest.js";

const CARELESSNESS = Object.keys(CARELESS) as Carelessness[];
/** In which a reload must be in effect, also behind one that has to be given up first. */
const LIMIT_MS = 25_000;
const LONGEST_REST_MS = 3_000;
const LOOK_AGAIN_MS = 100;

export class Reloads {
  readonly counts: Partial<Record<ReloadKind, number>> = {};
  private slowestMs = 0;
  private lastOne = { what: "none", atMs: performance.now() };
  private words = 0;

  constructor(
    private readonly besieged: Besieged,
    private readonly judge: Judge,
    private readonly random: Random,
  ) {}

  /** The last one, and how long ago it was. */
  get last(): string {
    const { what, atMs } = this.lastOne;
    return `reload (${what}) ${((performance.now() - atMs) / 1000).toFixed(1)} s before`;
  }

  get slowestReloadMs(): number {
    return Math.round(this.slowestMs);
  }

  async order(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await rest(this.random.below(LONGEST_REST_MS), isOver);
      await this.whileItRuns(isOver);
      const what = this.random.next();
      if (what < 0.3) this.unchanged();
      else if (what < 0.6) await this.changed(isOver);
      else {
        const how = this.random.pick(CARELESSNESS);
        this.count(how);
        this.besieged.reloadCarelessly(how);
        await rest(this.random.below(LONGEST_REST_MS), isOver);
        await this.changed(isOver);
      }
    }
  }

  /** Until there is a server that takes signals; one that starts needs a file that it can start with. */
  private async whileItRuns(isOver: () => boolean): Promise<void> {
    while (this.judge.interruptions.isOpen && !isOver()) await rest(LOOK_AGAIN_MS, isOver);
  }

  private unchanged(): void {
    this.count("unchanged");
    for (let n = 1 + this.random.below(3); n > 0; n--) this.besieged.reloadUnchanged();
  }

  /** A kill meanwhile has another configuration read. */
  private async changed(isOver: () => boolean): Promise<void> {
    const { besieged, judge } = this;
    const { interruptions } = judge;
    await this.whileItRuns(isOver);
    this.count("changed");
    this.words += 1;
    const word = `word-${this.words}`;
    const askedMs = performance.now();
    const undisturbedMs = () => interruptions.undisturbedMs(performance.now());
    const before = undisturbedMs();
    besieged.reload(word);
    while (!isOver()) {
      if (await besieged.says(word).catch(() => false)) {
        this.slowestMs = Math.max(this.slowestMs, undisturbedMs() - before);
        return;
      }
      if (besieged.killedAtMs >= askedMs) return;
      if (undisturbedMs() - before > LIMIT_MS) {
        judge.violation(`a reload is not in effect after ${LIMIT_MS} ms`);
        return;
      }
      await sleep(LOOK_AGAIN_MS);
    }
  }

  private count(what: ReloadKind): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
    this.lastOne = { what, atMs: performance.now() };
  }
}
