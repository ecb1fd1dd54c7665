/**
 * Clients that mean to keep others waiting: streams of jobs that never run dry, in simulated time.
 * Each stream has so many jobs waiting at any time, and each of its jobs ends a while after it is
 * ready.
 */

import type { NewJob } from "../../src/engine/contract/api.js";
import type { Random } from "../simulation/random.js";
import { CLIENT } from "../support/actors.js";
import { fate } from "./jobs.js";
import type { EngineHarness } from "./world.js";

export interface Stream {
  /** What its next job asks for. */
  readonly next: (random: Random) => NewJob;
  readonly waiting: number;
}

/** The longest that a job of a stream runs. */
export const LONGEST_RUN_MS = 60_000;

/** So often do the streams fill up what room there is in one moment. */
const MOST_ROUNDS = 50;

/** How long jobs run: all as long as they may, all for moments, or any mixture. */
const RUNS_MS: readonly ((random: Random) => number)[] = [
  () => LONGEST_RUN_MS,
  (random) => 1000 + random.below(4000),
  (random) => 1000 + random.below(LONGEST_RUN_MS - 1000),
  (random) => random.pick([1000, LONGEST_RUN_MS]),
];

export class Adversary {
  /** Jobs of the streams that have not ended, by id. */
  private readonly jobs = new Map<number, { readonly stream: Stream; runs: boolean }>();
  private readonly runMs: (random: Random) => number;
  /** How many jobs of the streams have run. */
  started = 0;

  constructor(
    private readonly world: EngineHarness,
    private readonly streams: readonly Stream[],
    private readonly random: Random,
  ) {
    this.runMs = random.pick(RUNS_MS);
  }

  /**
   * Lets time pass, until the job is ready or so much time is over, while the streams go on and
   * `meanwhile` may interfere.
   */
  outlive(jobId: number | null, limitMs: number, meanwhile: () => void = () => {}): void {
    const { clock } = this.world;
    const end = clock.elapsedMs() + limitMs;
    for (;;) {
      this.world.settle();
      if (jobId !== null && fate(this.world, jobId) === "ready") return;
      if (clock.elapsedMs() >= end) return;
      for (let rounds = 0; rounds < MOST_ROUNDS && this.act(); rounds++) this.world.settle();
      meanwhile();
      this.world.settle();
      clock.passTo(Math.min(end, clock.nextTimerAt ?? end));
    }
  }

  /** Has every stream wait again; false when they all do. */
  private act(): boolean {
    const { world, random, jobs } = this;
    let created = false;
    for (const [jobId, job] of jobs) {
      const state = fate(world, jobId);
      if (state.startsWith("destroyed")) jobs.delete(jobId);
      else if (state === "ready" && !job.runs) {
        job.runs = true;
        this.started += 1;
        world.clock.after(this.runMs(random), () =>
          world.engine.destroy(jobId, "its time is over", CLIENT),
        );
      }
    }
    for (const stream of this.streams) {
      let waiting = 0;
      for (const job of jobs.values()) if (job.stream === stream && !job.runs) waiting += 1;
      for (; waiting < stream.waiting; waiting++) {
        created = true;
        world.engine.createJob(stream.next(random), CLIENT, (jobId) => {
          jobs.set(jobId, { stream, runs: false });
        });
      }
    }
    return created;
  }
}
