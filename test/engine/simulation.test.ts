/**
 * Random runs of the engine, one seed each: clients, time, BMPs, reloads, and crashes between any
 * two steps. The seed of a failing run is in the message.
 */
import { describe, expect, it } from "vitest";
import type { ConfigurationDescription } from "../../src/config/description.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { checkInvariants } from "./invariants.js";
import { Random } from "./random.js";
import { World } from "./world.js";

const SEEDS = 300;
const STEPS = 150;
const BAD_BOARDS = ["0,0,3", "0,0,17", "1,0,1"];

function randomConfiguration(random: Random): ConfigurationDescription {
  const m = machine("m", 4, 2, {
    deadBoards: random.chance(0.5) ? [[3, 1, 2]] : [],
    deadLinks: random.chance(0.5) ? [[0, 0, 0, 2]] : [],
    tags: random.chance(0.5) ? ["default"] : ["default", "big"],
  });
  const n = machine("n", random.pick([1, 2]), 1, { cabinet: 1 });
  const machines = random.pick([[m, n], [n, m], [m], [m, n], [n]]);
  return configuration(machines, { secondsBeforeFree: random.pick([0, 10]) });
}

class Run {
  readonly world: World;
  /** Jobs that were acknowledged, and of these the ones whose destruction was. */
  private readonly acknowledged = new Map<number, number>();
  private readonly destroyed = new Map<number, number>();

  constructor(private readonly random: Random) {
    this.world = new World(randomConfiguration(random));
    if (random.chance(0.5)) for (const place of BAD_BOARDS) this.world.bmps.bad.add(place);
  }

  step(): void {
    const { random, world } = this;
    const choice = random.below(100);
    if (choice < 18) this.create();
    else if (choice < 26) this.destroy();
    else if (choice < 30) world.engine.power(this.someJob(), random.chance(0.5));
    else if (choice < 33) world.engine.touch(this.someJob(), "10.0.0.1");
    else if (choice < 50) world.clock.endTurn();
    else if (choice < 62) world.answerSearch();
    else if (choice < 76) world.store.commitOne();
    else if (choice < 88) this.carryOut();
    else if (choice < 94) this.passTime();
    else if (choice < 96) world.engine.reconfigure(randomConfiguration(random));
    else if (choice < 98) this.crash();
    else world.settle();
  }

  private create(): void {
    const { random, world } = this;
    const count = random.pick([1, 1, 1, 2, 3, 4, 6, 9, 12, 20, 24, 30]);
    const request = boards(count, { maxDeadBoards: random.pick([null, 0]) });
    const tags = random.pick([null, null, null, ["big"]]);
    const job = newJob(request, { keepalive: random.pick([null, 20]), tags });
    world.engine.createJob(job, "10.0.0.1", (jobId, mark) => {
      this.pending.push({ jobId, mark, what: this.acknowledged });
    });
  }

  private destroy(): void {
    const { world } = this;
    const jobId = this.someJob();
    const job = world.engine.job(jobId);
    if (!job || !("state" in job)) return;
    world.engine.destroy(jobId, "bye");
    this.pending.push({ jobId, mark: world.engine.currentMark(), what: this.destroyed });
  }

  /** Answers that wait for their commit. */
  private pending: { jobId: number; mark: number; what: Map<number, number> }[] = [];

  /** Sends the answers whose commit is durable, as the server would. */
  answer(): void {
    const ready = this.pending.filter(({ mark }) => mark <= this.world.durable);
    this.pending = this.pending.filter(({ mark }) => mark > this.world.durable);
    for (const { jobId, mark, what } of ready) {
      if (what.has(jobId) && what === this.acknowledged) throw new Error(`id ${jobId} given twice`);
      what.set(jobId, mark);
    }
  }

  private carryOut(): void {
    const { next } = this.world.bmps;
    if (next.length > 0) this.world.bmps.carryOut(this.random.pick(next));
  }

  private passTime(): void {
    const { clock } = this.world;
    const end = clock.elapsed() + this.random.below(8000);
    const next = clock.nextTimerAt;
    clock.passTo(next === null ? end : Math.max(clock.elapsed(), Math.min(end, next)));
  }

  private crash(): void {
    const { random, world } = this;
    const { next } = world.bmps;
    if (random.chance(0.3) && next.length > 0) world.bmps.carryOut(random.pick(next), true);
    if (random.chance(0.3)) world.store.commitOne(true);
    this.pending = [];
    world.crash(random.chance(0.3) ? randomConfiguration(random) : world.configuration);
    for (const jobId of this.acknowledged.keys()) {
      if (world.engine.job(jobId)) continue;
      throw new Error(`job ${jobId} was acknowledged and is not known after a crash`);
    }
    for (const jobId of this.destroyed.keys()) {
      const job = world.engine.job(jobId);
      if (job && "state" in job) throw new Error(`job ${jobId} was destroyed and lives again`);
    }
  }

  private someJob(): number {
    const jobs = [...this.world.engine.jobs()];
    return jobs.length === 0 ? 1 : this.random.pick(jobs).jobId;
  }

  /** Everybody goes home: in the end no job is left, no board is on, and every good board is free. */
  finish(): void {
    const { world } = this;
    world.settle();
    world.engine.reconfigure(
      configuration([machine("m", 4, 2), machine("n", 1, 1, { cabinet: 1 })]),
    );
    world.settle();
    for (const { jobId } of [...world.engine.jobs()]) world.engine.destroy(jobId, "end");
    world.bmps.bad.clear();
    world.pass(40 * 60 * 1000);
    checkInvariants(world);
    expect([...world.engine.jobs()]).toEqual([]);
    expect(world.store.load().rests).toEqual([]);
    expect(world.store.load().quarantine).toEqual([]);
    let whole = 0;
    world.engine.createJob(newJob(boards(24)), "10.0.0.1", (id) => {
      whole = id;
    });
    world.settle();
    expect(world.engine.job(whole)).toMatchObject({ state: 3 });
    expect(world.bmps.powered.size).toBeGreaterThanOrEqual(24);
  }
}

describe("a random run", () => {
  it(`keeps what was acknowledged and gives no board twice, in ${SEEDS} runs`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const run = new Run(new Random(seed));
      let step = 0;
      try {
        for (; step < STEPS; step++) {
          run.step();
          run.answer();
          checkInvariants(run.world);
        }
        run.finish();
      } catch (error) {
        const reason = error instanceof Error ? error.stack : String(error);
        throw new Error(`seed ${seed}, step ${step}: ${reason}`);
      }
    }
  }, 120_000);
});
