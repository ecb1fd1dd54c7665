/**
 * Orders to the BMPs, and what the boards are like: nothing is ordered before its commit, no board
 * is powered for a job before the one before is done with it and its cooldown is over, and when all is
 * quiet the boards are as the jobs want them.
 */

import type { Allocation } from "../../../src/domain/allocation.js";
import { JobState, type JobView } from "../../../src/engine/contract/api.js";
import type { PowerOrder, PowerOutcome } from "../../../src/engine/contract/ports.js";
import type { ColdStart } from "../../../src/engine/inputs/cold-start.js";
import type { Submitted } from "../bmps.js";
import { frameOf, type OrderedBoard, placeOfRecord, positionsOf } from "../positions.js";
import { hold } from "../violation.js";
import type { World } from "../world.js";

/** The cooldown of a board since its power-off was reported. */
interface BoardCooldown {
  /** Null for a self-test, or a power-off of a board that may be on. */
  readonly jobId: number | null;
  readonly since: number;
  readonly sinceByWallClock: number;
  /** The shortest cooldown of the configurations since then. */
  cooldownMs: number;
  /** What a server that started anew took for a longer cooldown than there was, by the wall clock. */
  creditMs: number;
}

export class Power {
  private readonly cooldowns = new Map<string, BoardCooldown>();
  private readonly underWay = new Map<number, Submitted>();
  /** Ids of power-offs that were ordered for a job that lives: no cooldown begins with them. */
  private readonly commands = new Set<number>();
  /** Places of boards that nobody has and that did not go off. */
  private readonly mayBeOn = new Set<string>();
  /** Places of boards that were on at a cold start, and that no server has switched off since. */
  private readonly toGoOff = new Set<string>();
  /** Jobs with smaller ids were forgotten by the last cold start. */
  private firstAfterColdStart = 0;

  constructor(private readonly world: World) {}

  submitted(submitted: Submitted): void {
    const { order, boards } = submitted;
    const { jobId, action } = order;
    hold(this.isCommitted(submitted), () => `"${action}" is ordered for job ${jobId} uncommitted`);
    if (action === "on" || action === "test") {
      for (const { place } of boards) {
        hold(!this.toGoOff.has(place) || action === "test", () => `${place} on before it was off`);
      }
      for (const { place } of boards) this.checkCooldown(place, order);
      for (const other of this.underWay.values()) {
        if (other.order.allocation === order.allocation) continue;
        const shared = other.boards.find(({ place }) =>
          boards.some((board) => board.place === place),
        );
        const text = () =>
          `board at ${shared?.place} is powered for job ${jobId} while job ${other.order.jobId} is not done`;
        hold(shared === undefined, text);
      }
    }
    this.underWay.set(order.orderId, submitted);
    if (action === "off" && jobId !== null && !this.isOfCooldown(order))
      this.commands.add(order.orderId);
  }

  reported({ order, boards }: Submitted, { failures }: PowerOutcome): void {
    this.underWay.delete(order.orderId);
    if (order.action !== "off" && order.action !== "test") return;
    const { clock, configuration } = this.world;
    const isCommand = this.commands.delete(order.orderId);
    for (const { board, place } of boards) {
      const hasFailed = failures.some((failure) => failure.board === board);
      if (hasFailed) this.mayBeOn.add(place);
      else {
        this.mayBeOn.delete(place);
        this.toGoOff.delete(place);
      }
      // A board that the server could not power off is not given out before it could.
      if (isCommand || (order.jobId === null && hasFailed)) continue;
      this.cooldowns.set(place, {
        jobId: order.jobId,
        since: clock.elapsedMs(),
        sinceByWallClock: clock.nowMs(),
        cooldownMs: configuration.secondsBeforeFree * 1000,
        creditMs: 0,
      });
    }
  }

  configured(cooldownMs: number): void {
    for (const cooldown of this.cooldowns.values())
      cooldown.cooldownMs = Math.min(cooldown.cooldownMs, cooldownMs);
  }

  died(): void {
    this.underWay.clear();
    this.commands.clear();
    // A cold start that never reached the disk did not happen: its jobs are there again.
    const jobs = [...this.world.store.disk.jobs.rows.values()];
    if (jobs.some(({ jobId }) => jobId < this.firstAfterColdStart)) this.toGoOff.clear();
  }

  /** A server starts anew: it has nothing but the wall clock to go by. */
  started(): void {
    const { clock } = this.world;
    for (const cooldown of this.cooldowns.values()) {
      const byWallClock = clock.nowMs() - cooldown.sinceByWallClock;
      const creditMs = byWallClock - (clock.elapsedMs() - cooldown.since);
      cooldown.creditMs = Math.max(cooldown.creditMs, creditMs);
    }
  }

  /** A cold start forgets its jobs, and not one of the boards that are on. */
  startedCold({ kept, forgotten }: ColdStart): void {
    this.firstAfterColdStart = kept.counters.nextJobId;
    const machines = new Map(kept.machines.map((row) => [row.machineId, row.description]));
    const known = new Set(
      kept.cooldowns.flatMap((row) => positionsOf(row.allocation, machines.get(row.machineId)!)),
    );
    for (const place of this.world.bmps.powered) {
      // Of these even the state did not know any more where they are.
      if (this.mayBeOn.has(place) || this.world.bmps.observations.onByHand.has(place)) continue;
      const text = () => `a cold start leaves the board at ${place} on, and says nothing`;
      hold(known.has(place) || forgotten.unreachable.length > 0, text);
      if (known.has(place)) this.toGoOff.add(place);
    }
  }

  /** Boards were mended, and BMPs answer, for long enough. */
  finished(): void {
    for (const place of this.toGoOff) {
      hold(false, () => `the board at ${place} was left on by a cold start and never switched off`);
    }
    for (const place of this.world.bmps.observations.onByHand.keys()) {
      const text = () => `the board at ${place} was powered on by hand and never switched off`;
      hold(this.isOutOfReach(place) || this.isInQuarantine(place), text);
    }
  }

  /** Runs when nothing is under way. */
  checkQuiet(jobs: readonly JobView[]): void {
    const { powered, observations } = this.world.bmps;
    const owned = new Set<string>();
    for (const { jobId, placed, state, power } of jobs) {
      if (placed === null) continue;
      hold(state === JobState.ready, () => `job ${jobId} waits for BMPs that have nothing to do`);
      for (const place of positionsOf(placed.allocation, placed.machine.description)) {
        owned.add(place);
        const isOn = powered.has(place);
        // A server that is about to stop leaves boards that are off to the next one.
        if (observations.silent.has(frameOf(place)) || this.world.stopping !== "no") continue;
        // Powered on by hand, and again: a power-off does not help.
        if (!power && observations.onByHand.has(place) && this.isInQuarantine(place)) continue;
        const text = () => `job ${jobId} is ${power ? "on" : "off"}, its board at ${place} is not`;
        hold(isOn === power, text);
        hold(
          !observations.open.has(place),
          () => `links of job ${jobId}'s board at ${place} are open`,
        );
      }
    }
    for (const place of powered) {
      // What was powered on by hand is looked at again until it is off, at the latest in the end.
      const byHand = observations.onByHand.has(place);
      const known = owned.has(place) || this.mayBeOn.has(place) || byHand;
      hold(known, () => `the board at ${place} is on for nobody`);
    }
  }

  private isInQuarantine(place: string): boolean {
    const { quarantine, machines } = this.world.store.reported;
    const rows = [...quarantine.rows.values()].filter(({ active }) => active);
    return [...machines.rows.values()].some(({ description }) =>
      rows.some((record) => placeOfRecord(record, description) === place),
    );
  }

  /** Whether it is dead by the configuration, or in no machine of it. */
  private isOutOfReach(place: string): boolean {
    return this.world.configuration.machines.every(({ boardLocations, deadBoards }) =>
      boardLocations.every(
        ([board, position]) =>
          position.join() !== place || deadBoards.some((dead) => dead.join() === board.join()),
      ),
    );
  }

  private checkCooldown(place: string, { jobId, action }: PowerOrder): void {
    const cooldown = this.cooldowns.get(place);
    if (cooldown === undefined) return;
    // The next self-test may be ordered at once: it waits at the BMP.
    if (action === "test" && cooldown.jobId === null) return;
    const { clock } = this.world;
    const elapsedMs = clock.elapsedMs() - cooldown.since;
    hold(
      elapsedMs + cooldown.creditMs >= cooldown.cooldownMs,
      () => `board at ${place} is on for job ${jobId} ${elapsedMs} ms after job ${cooldown.jobId}`,
    );
    this.cooldowns.delete(place);
  }

  private isCommitted({ order, boards }: Submitted): boolean {
    const { jobId, machineId, allocation, action } = order;
    const { jobs, quarantine, machines } = this.world.store.reported;
    if (jobId === null) {
      if (action === "off") return true;
      // In the turn of a test its board may have left the configuration: it is recorded as going off.
      if (this.isOfCooldown(order)) return true;
      // By place: in the turn of the order its machine may have been laid out anew, records moved.
      const rows = [...quarantine.rows.values()].filter(({ mayBeOn }) => mayBeOn);
      const [{ place }] = boards as readonly [OrderedBoard];
      return [...machines.rows.values()].some(({ description }) =>
        rows.some((record) => placeOfRecord(record, description) === place),
      );
    }
    const placement = jobs.get(jobId)?.placement;
    if (placement?.machineId === machineId && placement.allocation === allocation) return true;
    return this.isOfCooldown(order);
  }

  /**
   * Whether the boards of the order were taken from their job by the time of it. What matters is that
   * time and not that of the report: a job may have ended between the two, and until the power-off that
   * belongs to its end, the boards are its own and obey the commands that it gave before.
   */
  private isOfCooldown({ jobId, machineId, allocation }: PowerOrder): boolean {
    return [...this.world.store.reported.cooldowns.rows.values()].some(
      (cooldown) =>
        cooldown.jobId === jobId &&
        cooldown.machineId === machineId &&
        isSame(cooldown.allocation, allocation),
    );
  }
}

/** Those of single boards are made for each order. */
function isSame(a: Allocation, b: Allocation): boolean {
  return a === b || (a.board !== null && a.board === b.board && a.x === b.x && a.y === b.y);
}
