/**
 * No job starves. One that could run on the working hardware is ready in the end, however many others
 * come for ever, by this bound on its wait in simulated time:
 *
 *   overtaken   maxSecondsOvertaken under `overtake`, 0 under `fifo`: no job that is younger by more
 *               than that starts before it where both could run
 *   repaired    from its creation until the last board or BMP came or went
 *   generation  the longest run of another job and the cooldown of its boards: when none of the jobs that
 *               may go first has started for that long, a machine is empty, and it is eligible
 *   waiting     how many jobs, which may all go first, wait at a time
 *
 *   wait ≤ max(overtaken, repaired) + (waiting + 2) × generation
 */

import { describe, expect, it } from "vitest";
import { type ConfigurationDescription, QUEUE_POLICIES } from "../../src/config/description.js";
import { boardCount } from "../../src/domain/board.js";
import type { PlacementRequest } from "../../src/domain/request.js";
import { OPERATOR } from "../../src/engine/contract/actors.js";
import { Random } from "../simulation/random.js";
import { releaseBoards } from "../support/release.js";
import { Adversary, LONGEST_RUN_MS, type Stream } from "./adversary.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate } from "./jobs.js";

const COOLDOWN_MS = 5_000;
const GENERATION_MS = LONGEST_RUN_MS + COOLDOWN_MS;
const WARM_UP_MS = 200_000;
const SEEDS = Array.from({ length: 20 }, (_, seed) => seed + 1);

const triads = (width: number, height: number, more: Partial<PlacementRequest> = {}) =>
  boards(0, { size: { kind: "triads", width, height }, ...more });

const WIDE = { width: 4, height: 3 };

/** Jobs of one board or a few, for whatever machine the stream is about. */
function smallJobs(waiting: number, where: { machine?: string; tags?: string[] } = {}): Stream {
  return { waiting, next: (random) => newJob(boards(random.pick([1, 1, 2, 3, 4, 7])), where) };
}

function waitingIn(streams: readonly Stream[]): number {
  return streams.reduce((sum, { waiting }) => sum + waiting, 0);
}

function rulesOf(random: Random, queuePolicy: ConfigurationDescription["queuePolicy"]) {
  return {
    queuePolicy,
    maxSecondsOvertaken: random.pick([0, 30, 300, 900]),
    secondsBeforeFree: COOLDOWN_MS / 1000,
    maxPlacementAttempts: 1000,
    secondsBetweenSelfTests: 20,
    selfTestsToRelease: 1,
  };
}

function overtakenMs({ queuePolicy, maxSecondsOvertaken }: ReturnType<typeof rulesOf>): number {
  return queuePolicy === "fifo" ? 0 : maxSecondsOvertaken * 1000;
}

describe.each(QUEUE_POLICIES)("under %s, a large job", (queuePolicy) => {
  it.each<[string, PlacementRequest]>([
    ["for most of a machine", triads(4, 2)],
    ["for all of a machine, as a torus", triads(4, 3, { requireTorus: true })],
    ["for as many boards as there are", boards(boardCount(WIDE), { maxDeadBoards: 0 })],
  ])("%s is ready in the end among endless small ones", (_, request) => {
    for (const seed of SEEDS) {
      const random = new Random(seed);
      const rules = rulesOf(random, queuePolicy);
      const world = new EngineHarness(
        configuration([machine("m", WIDE.width, WIDE.height)], rules),
      );
      const streams = [smallJobs(random.pick([1, 5, 20]))];
      const adversary = new Adversary(world, streams, random);
      adversary.outlive(null, WARM_UP_MS);
      const large = create(world, newJob(request));
      const limitMs = overtakenMs(rules) + (waitingIn(streams) + 2) * GENERATION_MS;
      adversary.outlive(large, limitMs);
      expect([seed, fate(world, large)]).toEqual([seed, "ready"]);
    }
  });

  it("for any of several machines, or one of them, is ready among streams by tag and by name", () => {
    for (const seed of SEEDS) {
      const random = new Random(seed);
      const rules = rulesOf(random, queuePolicy);
      const machines = [
        machine("a", 4, 2, { tags: ["default", "fast"] }),
        machine("b", 3, 3, { cabinet: 1, tags: ["default", "big"] }),
        machine("c", 2, 2, { cabinet: 2, tags: ["default", "fast", "big"] }),
      ];
      const world = new EngineHarness(configuration(machines, rules));
      const streams = [
        smallJobs(3),
        smallJobs(2, { tags: ["fast"] }),
        smallJobs(2, { tags: ["big"] }),
        smallJobs(2, { tags: ["fast", "big"] }),
        smallJobs(1, { machine: random.pick(["a", "b", "c"]) }),
      ];
      const adversary = new Adversary(world, streams, random);
      adversary.outlive(null, WARM_UP_MS);
      const large = create(
        world,
        random.pick([
          newJob(triads(2, 2)),
          newJob(triads(3, 3)),
          newJob(triads(3, 2)),
          newJob(triads(3, 3), { tags: ["big"] }),
          newJob(boards(24), { tags: ["fast"] }),
          newJob(triads(2, 2, { requireTorus: true }), { machine: "c" }),
        ]),
      );
      const limitMs = overtakenMs(rules) + (waitingIn(streams) + 2) * GENERATION_MS;
      adversary.outlive(large, limitMs);
      expect([seed, fate(world, large)]).toEqual([seed, "ready"]);
    }
  });

  it.each<[string, PlacementRequest]>([
    ["that does without some boards", triads(4, 3)],
    ["that needs every board", triads(4, 3, { maxDeadBoards: 0, requireTorus: true })],
  ])("%s is ready though boards die, are quarantined and come back meanwhile", (_, request) => {
    for (const seed of SEEDS) {
      const random = new Random(seed);
      const rules = rulesOf(random, queuePolicy);
      const plain = machine("m", WIDE.width, WIDE.height);
      const world = new EngineHarness(configuration([plain], rules));
      const streams = [smallJobs(random.pick([1, 5, 10]))];
      const adversary = new Adversary(world, streams, random);
      adversary.outlive(null, WARM_UP_MS);
      const large = create(world, newJob(request));
      const repairedMs = 100_000 + random.below(900_000);
      const mayDie = request.maxDeadBoards === null;
      let next = 0;
      adversary.outlive(large, repairedMs, () => {
        if (world.clock.elapsedMs() < next) return;
        next = world.clock.elapsedMs() + random.below(30_000);
        befall(world, random, (deadBoards) => {
          if (mayDie) world.engine.reconfigure(configuration([{ ...plain, deadBoards }], rules));
        });
      });
      world.bmps.bad.clear();
      world.engine.reconfigure(configuration([plain], rules));
      world.engine.bmpObservation({ kind: "answering", bmp: "bmp-0-0" });
      releaseBoards(world.engine.operator, "m", [...Array(36).keys()], "all is well");
      const leftMs = Math.max(0, overtakenMs(rules) - repairedMs);
      adversary.outlive(large, leftMs + (waitingIn(streams) + 2) * GENERATION_MS);
      expect([seed, fate(world, large)]).toEqual([seed, "ready"]);
    }
  });
});

describe.each(QUEUE_POLICIES)(
  "under %s, where rows are kept clear for large jobs",
  (queuePolicy) => {
    it.each<[string, PlacementRequest]>([
      ["of one board", boards(1)],
      ["of two triads", boards(6)],
      ["for all of the machine", triads(8, 8)],
    ])("a job %s is ready in the end among endless large and small ones", (_, request) => {
      for (const seed of SEEDS.slice(0, 10)) {
        const random = new Random(seed);
        const rules = rulesOf(random, queuePolicy);
        const world = new EngineHarness(configuration([machine("m", 8, 8)], rules));
        const large: Stream = {
          waiting: 3,
          next: (random) => newJob(random.pick([triads(8, 4), triads(8, 8), triads(6, 6)])),
        };
        const streams = [large, smallJobs(10)];
        const adversary = new Adversary(world, streams, random);
        adversary.outlive(null, WARM_UP_MS);
        const job = create(world, newJob(request));
        const limitMs = overtakenMs(rules) + (waitingIn(streams) + 2) * GENERATION_MS;
        adversary.outlive(job, limitMs);
        expect([seed, fate(world, job)]).toEqual([seed, "ready"]);
      }
    });
  },
);

/** Something happens to a board of machine m, or to a BMP; `dead` applies what the operator wrote. */
function befall(
  world: EngineHarness,
  random: Random,
  dead: (boards: (readonly [number, number, 0 | 1 | 2])[]) => void,
): void {
  const board = random.below(boardCount(WIDE));
  const { operator } = world.engine;
  const events = [
    () => operator.quarantineBoards("m", [board], "it smells", OPERATOR),
    () =>
      releaseBoards(operator, "m", [board, random.below(36), random.below(36)], "it was the tea"),
    () => world.bmps.bad.add(`0,${Math.floor(board / 24)},${board % 24}`),
    () => world.bmps.bad.clear(),
    () => world.engine.bmpObservation({ kind: "silent", bmp: "bmp-0-0", reason: "it is silent" }),
    () => world.engine.bmpObservation({ kind: "answering", bmp: "bmp-0-0" }),
    () => dead([]),
    () => dead([[random.below(4), random.below(3), random.pick([1, 2])]]),
  ];
  random.pick(events)();
}

describe("without a bound", () => {
  it("the same small jobs keep a large one waiting for as long as they come", () => {
    const random = new Random(1);
    const rules = { ...rulesOf(random, "overtake"), maxSecondsOvertaken: 1e9 };
    const world = new EngineHarness(configuration([machine("m", WIDE.width, WIDE.height)], rules));
    const adversary = new Adversary(world, [smallJobs(5)], random);
    adversary.outlive(null, WARM_UP_MS);
    const large = create(world, newJob(triads(4, 3, { requireTorus: true })));
    const before = adversary.started;
    adversary.outlive(large, 50 * GENERATION_MS);
    expect(fate(world, large)).toBe("queued");
    expect(adversary.started).toBeGreaterThan(before + 200);
  });
});
