import { describe, expect, it } from "vitest";
import { CLIENT } from "../support/actors.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate } from "./jobs.js";

describe("new jobs", () => {
  it("are refused with a reason while the store is full, and those that are there go on and end", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    const id = create(world, newJob(boards(1)));
    expect(world.engine.refusal()).toBeNull();
    world.store.isFull = true;
    expect(world.engine.refusal()).toMatch(/^the server has as many jobs as it can keep: /);
    world.engine.power(id, false, CLIENT);
    world.settle();
    expect(fate(world, id)).toBe("ready");
    world.engine.destroy(id, null, CLIENT);
    world.settle();
    expect(fate(world, id)).toMatch(/^destroyed/);
    world.store.isFull = false;
    expect(world.engine.refusal()).toBeNull();
  });
});
