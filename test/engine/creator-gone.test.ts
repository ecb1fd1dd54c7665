import { describe, expect, it } from "vitest";
import { CLIENT } from "../support/actors.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate } from "./jobs.js";

const GONE = "Its client was gone before it could be told the id of the job.";

describe("a job whose creator cannot be told of it", () => {
  it("ends with that reason, and its boards are powered off", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    const id = create(world, newJob(boards(3)));
    world.engine.abandon(id);
    world.settle();
    expect(fate(world, id)).toBe(`destroyed: ${GONE}`);
    expect(world.bmps.powered.size).toBe(0);
    expect(world.told.jobs).toContain(id);
    expect(world.log.at(-1)).toBe(
      `job ${id} is destroyed: its client was gone before it could be told the id`,
    );
  });

  it("leaves its queue, and the next one gets the boards", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    const running = create(world, newJob(boards(3)));
    const orphan = create(world, newJob(boards(3)));
    const next = create(world, newJob(boards(3)));
    world.engine.abandon(orphan);
    world.engine.destroy(running, null, CLIENT);
    world.pass(60_000);
    expect(fate(world, orphan)).toBe(`destroyed: Cancelled: ${GONE}`);
    expect(fate(world, next)).toBe("ready");
  });

  it("stays ended over a crash, with the reason", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    const id = create(world, newJob(boards(3)));
    world.engine.abandon(id);
    world.settle();
    world.crash();
    expect(fate(world, id)).toBe(`destroyed: ${GONE}`);
  });

  it("that has ended already, or never was, changes nothing", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    const id = create(world, newJob(boards(3)));
    world.engine.destroy(id, "done", CLIENT);
    world.settle();
    const mark = world.engine.currentMark();
    world.engine.abandon(id);
    world.engine.abandon(77);
    expect(world.engine.currentMark()).toBe(mark);
    expect(fate(world, id)).toBe("destroyed: done");
  });
});
