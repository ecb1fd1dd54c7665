import { describe, expect, it } from "vitest";
import { CLIENT } from "../support/actors.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate, live } from "./jobs.js";

describe("boards that fail", () => {
  it("are quarantined while their job is placed elsewhere, unseen by its client", () => {
    const world = new EngineHarness(configuration([machine("m", 2, 1)]));
    world.bmps.bad.add("0,0,0");
    const id = create(world, newJob(boards(3)));
    expect(fate(world, id)).toBe("ready");
    expect(live(world, id).placed?.allocation.x).toBe(1);
    expect(world.bmps.powered.size).toBe(3);
    world.pass(31_000);
    const others = [1, 2].map(() => create(world, newJob(boards(1))));
    expect(others.map((other) => fate(world, other))).toEqual(["ready", "ready"]);
    expect(fate(world, create(world, newJob(boards(1))))).toBe("queued");
  });

  it("end a job that was ready before", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    const id = create(world, newJob(boards(3)));
    world.bmps.bad.add("0,0,1");
    world.engine.power(id, true, CLIENT);
    world.settle();
    expect(fate(world, id)).toBe(
      "destroyed: Machine configuration failed. Error: " +
        "board [0, 0, 1] of machine m (cabinet 0, frame 0, board 1, BMP bmp-0-0): board at 0,0,1 is bad",
    );
  });

  it("are powered off again only when their time has come, however often that fails", () => {
    const world = new EngineHarness(
      configuration([machine("m", 1, 1)], { secondsBetweenSelfTests: 0 }),
    );
    const id = create(world, newJob(boards(1)));
    world.bmps.bad.add("0,0,0");
    world.engine.destroy(id, null, CLIENT);
    world.pass(3_600_000);
    const offs = world.bmps.carriedOut.filter(({ action }) => action === "off");
    expect(offs.length).toBeGreaterThan(5);
    expect(offs.length).toBeLessThan(15);
  });

  it("end a job that found no good boards in any of its placements, once none is left", () => {
    const world = new EngineHarness(
      configuration([machine("m", 8, 1)], { secondsBetweenSelfTests: 0, maxPlacementAttempts: 3 }),
    );
    for (let n = 0; n < 24; n++) world.bmps.bad.add(`0,0,${n}`);
    const id = create(world, newJob(boards(3)));
    world.pass(200_000);
    expect(fate(world, id)).toMatch(/^destroyed: Machine configuration failed\. Error: board \[/);
    const placements = world.events.filter(({ kind }) => kind === "jobPlaced");
    expect(placements).toHaveLength(8);
  });

  it("do not end a job while good boards are left, however often it was placed", () => {
    const world = new EngineHarness(
      configuration([machine("m", 4, 1)], { secondsBetweenSelfTests: 0, maxPlacementAttempts: 1 }),
    );
    for (let n = 0; n < 12; n++) if (n !== 7) world.bmps.bad.add(`0,0,${n}`);
    const id = create(world, newJob(boards(1)));
    world.pass(200_000);
    expect(fate(world, id)).toBe("ready");
  });
});

describe("boards that are unexpectedly off", () => {
  it("are all brought back, also one that is seen while another is being brought back", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    const id = create(world, newJob(boards(3)));
    const bmp = "bmp-0-0";
    world.bmps.powered.delete("0,0,0");
    world.bmps.powered.delete("0,0,2");
    for (const board of [0, 2]) {
      world.engine.bmpObservation({ kind: "boardOff", bmp, board, reason: "it is off" });
    }
    world.pass(29_000);
    expect(world.bmps.powered.size).toBe(1);
    world.pass(32_000);
    expect(world.bmps.powered.size).toBe(3);
    expect(fate(world, id)).toBe("ready");
  });
});
