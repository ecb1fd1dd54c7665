import { describe, expect, it } from "vitest";
import { boardCountOf } from "../../src/domain/allocation.js";
import { CLIENT } from "../support/actors.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate, live } from "./jobs.js";

describe("after a crash", () => {
  it("jobs, ids, queue order and ended jobs are as they were told", () => {
    const world = new EngineHarness(configuration([machine("m", 2, 1)]));
    const ended = create(world, newJob(boards(1)));
    world.engine.destroy(ended, "finished", CLIENT);
    const running = create(world, newJob(boards(3)));
    const waiting = [4, 5].map((count) => create(world, newJob(boards(count))));
    const before = live(world, running).placed?.allocation;
    world.crash();
    world.settle();
    expect(fate(world, ended)).toBe("destroyed: finished");
    expect(fate(world, running)).toBe("ready");
    expect(live(world, running).placed?.allocation).toEqual(before);
    expect([...world.engine.jobs()].map(({ jobId }) => jobId)).toEqual([running, ...waiting]);
    expect(create(world, newJob(boards(1)))).toBe(waiting[1]! + 1);
  });

  it("power that was under way is ordered again, on and off", () => {
    const world = new EngineHarness(configuration([machine("m", 2, 1)]));
    const ending = create(world, newJob(boards(3)));
    world.engine.destroy(ending, null, CLIENT);
    const starting = create(world, newJob(boards(3)), { bmps: false });
    expect(world.bmps.powered.size).toBe(3);
    world.crash();
    expect(fate(world, starting)).toBe("power");
    // Nobody knows whether its boards went off a moment ago, in a power cycle.
    world.pass(29_000);
    expect(fate(world, starting)).toBe("power");
    world.pass(1_000);
    expect(fate(world, starting)).toBe("ready");
    expect(boardCountOf(live(world, starting).placed!.allocation)).toBe(3);
    expect(world.bmps.powered.size).toBe(3);
  });

  it("boards finish their cooldown, and a job has its whole keepalive to be touched in", () => {
    const noGrace = { secondsOfGraceAfterStart: 0 };
    const world = new EngineHarness(configuration([machine("m", 1, 1)], noGrace));
    const id = create(world, newJob(boards(3)));
    world.engine.destroy(id, null, CLIENT);
    world.settle();
    const next = create(world, newJob(boards(3), { keepaliveS: 40 }));
    world.pass(20_000);
    world.crash();
    world.pass(9_000);
    expect(fate(world, next)).toBe("queued");
    world.pass(2_000);
    expect(fate(world, next)).toBe("ready");
    world.pass(28_000);
    expect(fate(world, next)).toBe("ready");
    world.pass(10_000);
    expect(fate(world, next)).toBe("destroyed: Job timed out.");
  });

  it("a configuration that changed meanwhile applies like a reload", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    const id = create(world, newJob(boards(3)));
    world.crash(configuration([machine("n", 1, 1, { cabinet: 1 })]));
    world.settle();
    expect(fate(world, id)).toBe("destroyed: Machine removed.");
    expect(world.bmps.powered.size).toBe(0);
    expect(fate(world, create(world, newJob(boards(3))))).toBe("ready");
  });

  it("boards in quarantine stay there", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    world.bmps.bad.add("0,0,2");
    world.engine.destroy(create(world, newJob(boards(3))), null, CLIENT);
    world.pass(31_000);
    world.crash();
    world.settle();
    const ids = [1, 2, 3].map(() => create(world, newJob(boards(1))));
    expect(ids.map((id) => fate(world, id))).toEqual(["ready", "ready", "queued"]);
  });
});
