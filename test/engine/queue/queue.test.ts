/** Jobs that wait for boards in quarantine: nobody waits behind them. */

import { describe, expect, it } from "vitest";
import { QUEUE_POLICIES } from "../../../src/config/description.js";
import { OPERATOR } from "../../../src/engine/contract/actors.js";
import { CLIENT } from "../../support/actors.js";
import { releaseBoards } from "../../support/release.js";
import { EngineHarness } from "../engine-harness.js";
import { boards, configuration, machine, newJob } from "../fixtures.js";
import { create, fate, live } from "../jobs.js";

const WHOLE = boards(12, { maxDeadBoards: 0 });
/** Nobody younger by a second may overtake: behind the oldest that waits, everybody waits. */
const BOUND = { maxSecondsOvertaken: 1 };

describe.each(QUEUE_POLICIES)(
  "under %s, a job that waits for boards in quarantine",
  (queuePolicy) => {
    const rules = { queuePolicy, ...BOUND };
    const four = machine("m", 4, 1);

    /** A machine with a board in quarantine, a job running, and one waiting for all of its boards. */
    function waitingForAll(machines = [four]): {
      world: EngineHarness;
      running: number;
      waiting: number;
    } {
      const world = new EngineHarness(configuration(machines, rules));
      const running = create(world, newJob(boards(3)));
      const [x] = [live(world, running).placed!.allocation.x];
      world.engine.operator.quarantineBoards("m", [3 * ((x + 2) % 4)], "it smells", OPERATOR);
      world.settle();
      const waiting = create(world, newJob(WHOLE, { machine: "m" }));
      world.pass(10_000);
      return { world, running, waiting };
    }

    function release(world: EngineHarness): void {
      const held = world.engine.operator.quarantine().filter((record) => record.active);
      releaseBoards(
        world.engine.operator,
        "m",
        held.map(({ board }) => board),
        "it was the tea",
      );
      world.settle();
    }

    it("holds up nobody, however much younger", () => {
      const { world, waiting } = waitingForAll();
      const young = [1, 2].map(() => create(world, newJob(boards(3))));
      expect([waiting, ...young].map((id) => fate(world, id))).toEqual([
        "queued",
        "ready",
        "ready",
      ]);
    });

    it("is not searched for when boards come free, only when quarantine changes", () => {
      const { world, running, waiting } = waitingForAll();
      world.searched = [];
      create(world, newJob(boards(3)));
      world.engine.destroy(running, null, CLIENT);
      world.pass(31_000);
      create(world, newJob(boards(3)));
      expect(world.searched.length).toBeGreaterThan(0);
      expect(world.searched.flat()).not.toContain(waiting);
      world.searched = [];
      release(world);
      expect(world.searched.flat()).toContain(waiting);
    });

    it("has its place by age again when the boards are back", () => {
      const { world, running, waiting } = waitingForAll();
      const young = create(world, newJob(boards(3)));
      release(world);
      world.pass(10_000);
      const younger = create(world, newJob(boards(3)));
      expect([waiting, younger].map((id) => fate(world, id))).toEqual(["queued", "queued"]);
      for (const id of [running, young]) world.engine.destroy(id, null, CLIENT);
      world.pass(31_000);
      expect([waiting, younger].map((id) => fate(world, id))).toEqual(["ready", "queued"]);
    });

    it("has it also when others wait meanwhile for boards in use", () => {
      const { world, waiting } = waitingForAll();
      const large = create(world, newJob(boards(10)));
      const next = create(world, newJob(boards(10)));
      expect([large, next].map((id) => fate(world, id))).toEqual(["queued", "queued"]);
      release(world);
      for (const { jobId, placed } of [...world.engine.jobs()]) {
        if (placed) world.engine.destroy(jobId, null, CLIENT);
      }
      world.pass(31_000);
      expect([waiting, large, next].map((id) => fate(world, id))).toEqual([
        "ready",
        "queued",
        "queued",
      ]);
    });

    it("leaves its place on the other machines as it is", () => {
      const { world } = waitingForAll([four, machine("n", 4, 1, { cabinet: 1 })]);
      const busy = create(world, newJob(boards(3), { machine: "n" }));
      const anywhere = create(world, newJob(WHOLE));
      world.pass(10_000);
      const young = create(world, newJob(boards(3), { machine: "n" }));
      expect([anywhere, young].map((id) => fate(world, id))).toEqual(["queued", "queued"]);
      world.engine.destroy(busy, null, CLIENT);
      world.pass(31_000);
      expect(live(world, anywhere).placed?.machine.description.name).toBe("n");
      expect(fate(world, young)).toBe("queued");
    });

    it("is as it was told after a crash", () => {
      const { world, waiting } = waitingForAll();
      world.crash();
      world.settle();
      const young = create(world, newJob(boards(3)));
      expect([waiting, young].map((id) => fate(world, id))).toEqual(["queued", "ready"]);
    });

    it("is one that waits for a BMP that is silent, too", () => {
      const parts = machine("m", 16, 1);
      const world = new EngineHarness(configuration([parts], rules));
      create(world, newJob(boards(3)));
      world.engine.bmpObservation({ kind: "silent", bmp: "bmp-0-1", reason: "it is silent" });
      const waiting = create(world, newJob(boards(48, { maxDeadBoards: 0 })));
      world.pass(10_000);
      const young = create(world, newJob(boards(3)));
      expect([waiting, young].map((id) => fate(world, id))).toEqual(["queued", "ready"]);
      world.engine.bmpObservation({ kind: "answering", bmp: "bmp-0-1" });
      world.settle();
      const younger = create(world, newJob(boards(3)));
      expect([waiting, younger].map((id) => fate(world, id))).toEqual(["queued", "queued"]);
    });
  },
);

describe("jobs that ask for the same", () => {
  it("start in order of creation, also when a better machine is searched for the older one only", () => {
    const world = new EngineHarness(
      configuration([machine("a", 2, 1), machine("b", 1, 1, { cabinet: 1 })], {
        queuePolicy: "overtake",
        maxSecondsOvertaken: 10,
      }),
    );
    create(world, newJob(boards(3), { machine: "a" }));
    const [single] = [1, 2, 3].map(() => create(world, newJob(boards(1), { machine: "a" })));
    const triad = create(world, newJob(boards(3), { machine: "b" }));
    // Of those that wait for a, this is the oldest: only the first of the next two is near it in age.
    create(world, newJob(boards(6), { machine: "a" }));
    world.pass(200);
    const older = create(world, newJob(boards(2)));
    world.pass(200);
    const younger = create(world, newJob(boards(2)));
    for (const id of [single!, triad]) world.engine.destroy(id, null, CLIENT);
    world.settle();
    // Their boards come free in one moment; on a there is still no room for a whole triad.
    world.pass(29_999);
    const freeAt = world.clock.elapsedMs() + 1;
    while (world.clock.nextTimerAt! <= freeAt) world.clock.passTo(freeAt);
    world.settle();
    expect([older, younger].map((id) => fate(world, id))).toEqual(["ready", "queued"]);
  });
});

describe("under overtake, behind a large job that does not fit", () => {
  const rules = { queuePolicy: "overtake" } as const;

  /** A machine with one job running at the top, so that no other can have the whole of it. */
  function crowded(): { world: EngineHarness; top: number; whole: number } {
    const world = new EngineHarness(configuration([machine("m", 8, 8)], rules));
    const top = create(world, newJob(boards(0, { size: { kind: "board", board: [0, 7, 0] } })));
    const whole = create(
      world,
      newJob(boards(0, { size: { kind: "triads", width: 8, height: 8 } })),
    );
    return { world, top, whole };
  }

  const rowOf = (world: EngineHarness, id: number) => live(world, id).placed?.allocation.y ?? null;

  it("small jobs keep to the low rows, and the others start wherever there is room", () => {
    const { world } = crowded();
    const small = Array.from({ length: 17 }, () => create(world, newJob(boards(3))));
    const larger = create(world, newJob(boards(15, { minRatio: 1 })));
    const rows = small.map((id) => rowOf(world, id));
    expect(rows.slice(0, 16).every((y) => y !== null && y < 2)).toBe(true);
    expect(rows[16]).toBeNull();
    expect(rowOf(world, larger)).toBeGreaterThanOrEqual(2);
  });

  it("they start anywhere when it has left, and are not searched for again before that", () => {
    const { world, whole } = crowded();
    for (let n = 0; n < 16; n++) create(world, newJob(boards(3)));
    const kept = create(world, newJob(boards(3)));
    expect(fate(world, kept)).toBe("queued");
    world.searched = [];
    const large = create(world, newJob(boards(15, { minRatio: 1 })));
    expect(fate(world, large)).toBe("ready");
    expect(world.searched.flat()).not.toContain(kept);
    world.engine.destroy(whole, null, CLIENT);
    world.settle();
    expect(fate(world, kept)).toBe("ready");
    expect(rowOf(world, kept)).toBeGreaterThanOrEqual(2);
  });

  it("they start anywhere when it has found its place, in the same search", () => {
    const { world, top, whole } = crowded();
    for (let n = 0; n < 16; n++)
      world.engine.destroy(create(world, newJob(boards(3))), null, CLIENT);
    world.engine.destroy(top, null, CLIENT);
    world.pass(60_000);
    expect(fate(world, whole)).toBe("ready");
  });
});

describe("a search that is under way when the policy changes", () => {
  it("starts nobody by the old one", () => {
    const rules = (queuePolicy: "fifo" | "overtake") =>
      configuration([machine("m", 2, 1)], { queuePolicy });
    const world = new EngineHarness(rules("overtake"));
    create(world, newJob(boards(3)));
    const large = create(world, newJob(boards(6)));
    let small = 0;
    world.engine.createJob(newJob(boards(3)), CLIENT, (id) => {
      small = id;
    });
    world.clock.endTurn();
    world.engine.reconfigure(rules("fifo"));
    world.settle();
    expect([large, small].map((id) => fate(world, id))).toEqual(["queued", "queued"]);
  });
});

describe("the oldest job, which left rows free for a larger one", () => {
  it("starts in them when a reload says that nobody overtakes any more", () => {
    const rules = (queuePolicy: "fifo" | "overtake") =>
      configuration([machine("m", 8, 8)], { queuePolicy });
    const world = new EngineHarness(rules("overtake"));
    const whole = () =>
      create(world, newJob(boards(0, { size: { kind: "triads", width: 8, height: 8 } })));
    create(world, newJob(boards(0, { size: { kind: "board", board: [0, 7, 0] } })));
    const first = whole();
    for (let n = 0; n < 16; n++) create(world, newJob(boards(3)));
    const small = create(world, newJob(boards(3)));
    whole();
    world.engine.destroy(first, null, CLIENT);
    world.settle();
    expect(fate(world, small)).toBe("queued");
    world.engine.reconfigure(rules("fifo"));
    world.settle();
    expect(fate(world, small)).toBe("ready");
  });
});

describe("a machine that changes whenever it is being searched", () => {
  it("does not keep a job from the next machine, which has room for it", () => {
    const world = new EngineHarness(
      configuration([machine("a", 8, 1), machine("b", 1, 1, { cabinet: 1 })], {
        timeoutCheckInterval: 3600,
      }),
    );
    const singles = Array.from({ length: 24 }, () =>
      create(world, newJob(boards(1), { machine: "a" })),
    );
    const triad = create(world, newJob(boards(3), { machine: "b" }));
    const waiting = create(world, newJob(boards(3)));
    world.engine.destroy(triad, null, CLIENT);
    // One board of each triad comes free, a second apart: no triad does.
    for (let n = 0; n < 24; n += 3) {
      world.engine.destroy(singles[n]!, null, CLIENT);
      world.settle();
      world.clock.passTo(world.clock.elapsedMs() + (n === 0 ? 0 : 1000));
    }
    // Boards of both machines come free at once, and then those of the better one before each answer.
    for (let at = 0; at < 7 && fate(world, waiting) === "queued"; at++) {
      world.clock.passTo(world.clock.nextTimerAt!);
      if (at === 0) world.clock.passTo(world.clock.nextTimerAt!);
      for (const search of world.search.searches) world.search.deliver(search);
      world.clock.endTurn();
    }
    expect(world.engine.job(waiting)).toMatchObject({
      placed: { machine: { description: { name: "b" } } },
    });
  });
});
