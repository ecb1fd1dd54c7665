import { describe, expect, it } from "vitest";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate } from "./jobs.js";

describe("stopping", () => {
  it("waits for the BMPs and the disk, and places nothing more", () => {
    const world = new EngineHarness(configuration([machine("m", 2, 1)]));
    const id = create(world, newJob(boards(3)), { bmps: false });
    let stopped = false;
    world.engine.stop(() => {
      stopped = true;
    });
    const late = create(world, newJob(boards(3)), { bmps: false });
    expect(fate(world, late)).toBe("queued");
    expect(stopped).toBe(false);
    world.settle();
    expect(stopped).toBe(true);
    world.crash();
    expect(fate(world, id)).toBe("ready");
    world.settle();
    expect(fate(world, late)).toBe("ready");
  });
});
