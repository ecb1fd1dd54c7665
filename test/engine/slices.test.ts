/** Long work with many jobs: it costs no more than it must, and everybody is answered in between. */

import { afterEach, describe, expect, it, vi } from "vitest";
import type { ConfigurationDescription } from "../../src/config/description.js";
import { admitAll } from "../../src/engine/queue/admission.js";
import { MachineQueue } from "../../src/engine/queue/machine-queue.js";
import { LiveJob } from "../../src/engine/state/live-job.js";
import { CLIENT } from "../support/actors.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate } from "./jobs.js";

const QUEUED = 400;
const UNITS = 40;
const M = machine("m", 4, 2);
const N = machine("n", 4, 2, { cabinet: 1 });
const WHOLE = boards(24, { maxDeadBoards: 0 });
const DEAD = { ...M, deadBoards: [[0, 0, 1]] as const };

afterEach(() => {
  vi.restoreAllMocks();
});

/** A machine with one job running and many that wait for all of it. */
function crowded(
  rules: Partial<ConfigurationDescription> = {},
  { keepaliveS = null as number | null, request = boards(22) } = {},
): EngineHarness {
  const world = new EngineHarness(configuration([M], rules), admitAll, UNITS);
  create(world, newJob(boards(3)));
  for (let n = 0; n < QUEUED; n++) {
    world.engine.createJob(newJob(request, { keepaliveS }), CLIENT, (jobId, mark) => {
      world.engine.whenDurable(mark, () => world.engine.creatorTold(jobId));
    });
  }
  world.settle();
  return world;
}

/** How often jobs enter and leave queues, and are asked where they may run. */
function countWork() {
  const spies = [
    vi.spyOn(MachineQueue.prototype, "add"),
    vi.spyOn(MachineQueue.prototype, "remove"),
    vi.spyOn(LiveJob.prototype, "mayRunOn"),
  ];
  return {
    get calls() {
      return spies.map((spy) => spy.mock.calls.length);
    },
  };
}

/** Ends turns until no slice is left; between them something else may happen. */
function endTurns(world: EngineHarness, between: () => void = () => {}): number {
  let turns = 0;
  for (; world.engine["state"].refill !== null; turns++) {
    between();
    world.clock.endTurn();
  }
  return turns;
}

describe("a reload with many jobs in the queue", () => {
  it("looks at none of them when nothing has changed", () => {
    const world = crowded();
    const work = countWork();
    world.engine.reconfigure(configuration([machine("m", 4, 2)]));
    world.settle();
    expect(work.calls).toEqual([0, 0, 0]);
  });

  it("nor when times and limits have changed", () => {
    const world = crowded();
    const work = countWork();
    world.engine.reconfigure(
      configuration([M], { secondsBeforeFree: 10, queuePolicy: "overtake", maxRetiredJobs: 5 }),
    );
    world.settle();
    expect(work.calls).toEqual([0, 0, 0]);
  });

  it("has none leave a queue that it stays in, and looks at each once", () => {
    const world = crowded();
    const work = countWork();
    world.engine.reconfigure(configuration([DEAD]));
    world.settle();
    expect(work.calls).toEqual([0, 0, QUEUED]);
  });

  it("looks at so many in one turn and no more", () => {
    const world = crowded();
    const work = countWork();
    world.engine.reconfigure(configuration([M, N]));
    const inTurn = [work.calls[0]!];
    let before = work.calls[0]!;
    const turns = endTurns(world, () => {
      inTurn.push(work.calls[0]! - before);
      before = work.calls[0]!;
    });
    expect(Math.max(...inTurn)).toBeLessThanOrEqual(UNITS);
    expect(turns).toBeGreaterThanOrEqual(QUEUED / UNITS - 1);
    world.settle();
    expect([...world.engine["state"].machines[1]!.queue.waiting].length).toBe(QUEUED - 1);
  });

  it("answers whoever asks for a job meanwhile, in the same turn", () => {
    const world = crowded();
    world.engine.reconfigure(configuration([DEAD, N]));
    const answers: number[] = [];
    endTurns(world, () => {
      const asked = answers.length;
      world.engine.createJob(newJob(boards(22)), CLIENT, (jobId) => answers.push(jobId));
      world.clock.endTurn();
      // What the machine is to be asked first is whether it could hold such a job at all.
      while (world.search.searches.length > 0) world.answerSearch();
      world.clock.endTurn();
      expect(answers.length).toBe(asked + 1);
    });
    expect(answers.length).toBeGreaterThan(3);
  });

  it("starts no younger job on a machine before the older ones have come to it", () => {
    const world = crowded({ queuePolicy: "fifo" });
    world.engine.reconfigure(configuration([M, N], { queuePolicy: "fifo" }));
    let young = 0;
    world.engine.createJob(newJob(boards(22)), CLIENT, (jobId) => {
      young = jobId;
    });
    endTurns(world, () => {
      while (world.search.searches.length > 0) world.answerSearch();
    });
    world.settle();
    expect(fate(world, young)).toBe("queued");
    expect(fate(world, 2)).toBe("ready");
  });

  it("lets a client end a job between two slices, and another reload begin anew", () => {
    const world = crowded();
    world.engine.reconfigure(configuration([M, N]));
    world.clock.endTurn();
    world.engine.destroy(QUEUED, null, CLIENT);
    world.engine.destroy(3, null, CLIENT);
    const other = machine("o", 4, 2, { cabinet: 2 });
    world.engine.reconfigure(configuration([M, other]));
    endTurns(world);
    world.settle();
    const [, o] = world.engine["state"].machines;
    expect(o!.name).toBe("o");
    const waiting = [...world.engine["state"].jobs.values()].filter(
      (job) => job.placement === null,
    );
    expect(waiting.length).toBeGreaterThan(QUEUED - 5);
    for (const job of waiting) expect(job.queuedOn.map(({ name }) => name)).toEqual(["m", "o"]);
  });

  it("ends those in slices that no machine may hold any more, and a kill in between loses none", () => {
    const world = crowded();
    const plan = world.engine.reconfigure(configuration([{ ...M, tags: ["other"] }]));
    expect(plan.endedJobs.length).toBe(QUEUED);
    const left = () => [...world.engine.jobs()].length - 1;
    expect(left()).toBeLessThan(QUEUED);
    expect(left()).toBeGreaterThan(QUEUED / 2);
    world.clock.endTurn();
    while (world.store.hasWaiting) world.store.commitOne();
    world.crash(configuration([{ ...M, tags: ["other"] }]));
    world.settle();
    expect(left()).toBe(0);
    expect(fate(world, QUEUED)).toMatch(/No suitable machines/);
  });
});

describe("a start with many jobs in the queue", () => {
  it("puts them into their queues in slices, and starts the oldest first", () => {
    const world = crowded({ queuePolicy: "fifo" });
    world.crash(configuration([M, N], { queuePolicy: "fifo" }));
    expect(endTurns(world)).toBeGreaterThanOrEqual(QUEUED / UNITS - 1);
    world.settle();
    expect([2, 3].map((jobId) => fate(world, jobId))).toEqual(["ready", "queued"]);
  });
});

/** Lets time pass, a turn after each timer, up to five minutes. */
function passUntil({ clock }: EngineHarness, isSo: () => boolean): void {
  const end = clock.elapsedMs() + 300_000;
  while (!isSo() && clock.elapsedMs() < end) {
    clock.passTo(clock.nextTimerAt!);
    if (clock.turnIsOpen) clock.endTurn();
  }
}

describe("a keepalive check that many jobs do not outlive", () => {
  const rules = { secondsOfGraceAfterStart: 0, maxRetiredJobs: QUEUED };

  it("ends so many in one turn and no more", () => {
    const world = crowded(rules, { keepaliveS: 60 });
    const left = () => [...world.engine.jobs()].length - 1;
    passUntil(world, () => left() < QUEUED);
    let turns = 1;
    for (let before = left(); before > 0 && turns < QUEUED; before = left(), turns++) {
      world.clock.endTurn();
      expect(before - left()).toBeLessThanOrEqual(UNITS / 4);
    }
    expect(turns).toBeGreaterThanOrEqual(QUEUED / (UNITS / 4));
  });

  it("spares a job that is touched between two slices", () => {
    const world = crowded(rules, { keepaliveS: 60 });
    passUntil(world, () => fate(world, 2) !== "queued");
    world.engine.touch(QUEUED, CLIENT);
    world.settle();
    expect(fate(world, QUEUED)).toBe("queued");
    expect(fate(world, QUEUED - 1)).toMatch(/timed out|keepalive/i);
  });
});

describe("a reload that removes a machine", () => {
  it("tells nobody to wait for it, even before it has come to their jobs", () => {
    const world = new EngineHarness(configuration([M, N]), admitAll, UNITS);
    create(world, newJob(boards(3), { machine: "m" }));
    create(world, newJob(boards(3), { machine: "n" }));
    for (let n = 0; n < QUEUED; n++) world.engine.createJob(newJob(WHOLE), CLIENT, () => {});
    world.settle();
    world.engine.reconfigure(configuration([M]));
    expect(world.engine["state"].refill).not.toBeNull();
    for (const jobId of [3, QUEUED]) {
      expect(world.engine.whyWaiting(jobId)!.map(({ machine: name }) => name)).toEqual(["m"]);
    }
  });
});
