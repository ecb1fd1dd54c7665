import { describe, expect, it } from "vitest";
import { JobState } from "../../src/engine/contract/api.js";
import { CLIENT } from "../support/actors.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate, live } from "./jobs.js";

describe("the life of a job", () => {
  it("goes from power to ready, off and on again, and ends with its boards free after their cooldown", () => {
    const world = new EngineHarness(configuration([machine("m", 4, 2)]));
    const id = create(world, newJob(boards(24)), { bmps: false });
    expect(fate(world, id)).toBe("power");
    world.settle();
    expect(fate(world, id)).toBe("ready");
    expect(world.bmps.powered.size).toBe(24);

    world.engine.power(id, false, CLIENT);
    expect(live(world, id)).toMatchObject({ state: JobState.power, power: false });
    world.settle();
    expect(live(world, id)).toMatchObject({ state: JobState.ready, power: false });
    expect(world.bmps.powered.size).toBe(0);

    const second = create(world, newJob(boards(1)));
    expect(fate(world, second)).toBe("queued");
    world.engine.destroy(id, "finished", CLIENT);
    expect(fate(world, id)).toBe("destroyed: finished");
    world.pass(29_000);
    expect(fate(world, second)).toBe("queued");
    world.pass(2_000);
    expect(fate(world, second)).toBe("ready");
  });

  it("sends the last power command last, whatever came while an order was under way", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    const id = create(world, newJob(boards(3)), { bmps: false });
    world.engine.power(id, false, CLIENT);
    world.engine.power(id, true, CLIENT);
    world.engine.power(id, false, CLIENT);
    world.settle();
    expect(live(world, id)).toMatchObject({ state: JobState.ready, power: false });
    expect(world.bmps.carriedOut.map(({ action }) => action)).toEqual(["on", "off"]);
  });

  it("answers only when the job is durable, and orders power only after that", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    world.settle();
    let mark = 0;
    world.engine.createJob(newJob(boards(1)), CLIENT, (_, at) => {
      mark = at;
    });
    world.clock.endTurn();
    world.answerSearch();
    world.clock.endTurn();
    expect(mark).toBeGreaterThan(world.durable);
    expect(world.bmps.orders).toEqual([]);
    expect(world.told.jobs).toEqual([]);
    world.store.commitOne();
    expect(world.durable).toBe(mark);
    expect(world.bmps.orders).toHaveLength(1);
    expect(world.told.jobs).toEqual([1]);
  });

  it("is destroyed when nobody touches it for as long as its keepalive", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    const touched = create(world, newJob(boards(1), { keepaliveS: 12 }));
    const left = create(world, newJob(boards(1), { keepaliveS: 12 }));
    const forEver = create(world, newJob(boards(1)));
    world.pass(10_000);
    world.engine.touch(touched, CLIENT);
    world.pass(10_000);
    expect(fate(world, touched)).toBe("ready");
    expect(fate(world, left)).toBe("destroyed: Job timed out.");
    expect(fate(world, forEver)).toBe("ready");
  });

  it("is forgotten when enough others ended after it", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)], { maxRetiredJobs: 2 }));
    for (let n = 0; n < 3; n++)
      world.engine.destroy(create(world, newJob(boards(1))), "done", CLIENT);
    expect([1, 2, 3].map((id) => fate(world, id))).toEqual([
      "unknown",
      "destroyed: done",
      "destroyed: done",
    ]);
  });
});
