import { describe, expect, it } from "vitest";
import { CLIENT } from "../support/actors.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate, live } from "./jobs.js";

describe("the queue", () => {
  it("is first come, first served", () => {
    const world = new EngineHarness(configuration([machine("m", 2, 1)]));
    const first = create(world, newJob(boards(3)));
    const large = create(world, newJob(boards(6)));
    const small = create(world, newJob(boards(1)));
    expect([first, large, small].map((id) => fate(world, id))).toEqual([
      "ready",
      "queued",
      "queued",
    ]);
    world.engine.destroy(large, null, CLIENT);
    world.settle();
    expect(fate(world, large)).toBe("destroyed: Cancelled: ");
    expect(fate(world, small)).toBe("ready");
  });

  it("destroys at once what no machine could ever hold", () => {
    const world = new EngineHarness(
      configuration([machine("m", 2, 1, { deadBoards: [[0, 0, 2]] })]),
    );
    const reason = "destroyed: Cancelled: No suitable machines available.";
    expect(fate(world, create(world, newJob(boards(7))))).toBe(reason);
    expect(fate(world, create(world, newJob(boards(6, { maxDeadBoards: 0 }))))).toBe(reason);
    expect(fate(world, create(world, newJob(boards(1), { machine: "other" })))).toBe(reason);
    expect(fate(world, create(world, newJob(boards(1), { tags: ["fast"] })))).toBe(reason);
    expect(fate(world, create(world, newJob(boards(5))))).toBe("ready");
  });

  it("takes what a client asks for in the moment that it is answered", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    const first = create(world, newJob(boards(3)));
    const ids: number[] = [];
    const createNext = () => {
      if (ids.length === 3) return;
      world.engine.createJob(newJob(boards(3)), CLIENT, (jobId) => {
        ids.push(jobId);
        createNext();
      });
    };
    createNext();
    world.settle();
    expect(ids).toEqual([2, 3, 4]);
    for (const [n, id] of ids.entries()) {
      world.engine.destroy(n === 0 ? first : ids[n - 1]!, null, CLIENT);
      world.pass(31_000);
      expect(fate(world, id)).toBe("ready");
    }
  });

  it("searches for the next job when the one before ends while it is searched for", () => {
    const world = new EngineHarness(configuration([machine("m", 2, 1)]));
    create(world, newJob(boards(3)));
    const large = create(world, newJob(boards(6)));
    const small = create(world, newJob(boards(1)));
    world.engine.reconfigure(configuration([machine("m", 2, 1, { deadLinks: [[0, 0, 0, 0]] })]));
    world.clock.endTurn();
    world.engine.destroy(large, null, CLIENT);
    world.answerSearch();
    world.settle();
    expect(fate(world, small)).toBe("ready");
  });

  it("offers a job to machines by priority, and only to those with all its tags", () => {
    const world = new EngineHarness(
      configuration([
        machine("a", 1, 1, { tags: ["default", "fast"] }),
        machine("b", 1, 1, { cabinet: 1 }),
      ]),
    );
    const on = (id: number) => live(world, id).placed?.machine.description.name;
    const ids = [1, 2, 3].map(() => create(world, newJob(boards(2))));
    const fast = create(world, newJob(boards(2), { tags: ["fast"] }));
    expect(ids.map(on)).toEqual(["a", "b", undefined]);
    expect(on(fast)).toBeUndefined();
    world.engine.destroy(ids[1]!, null, CLIENT);
    world.pass(31_000);
    expect(on(ids[2]!)).toBe("b");
    world.engine.destroy(ids[0]!, null, CLIENT);
    world.pass(31_000);
    expect(on(fast)).toBe("a");
  });

  it("tells watchers of a job and its machine when it is placed and when it ends", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    world.settle();
    world.told = { jobs: [], machines: [] };
    const id = create(world, newJob(boards(1)), { bmps: false });
    expect(world.told).toEqual({ jobs: [id], machines: ["m"] });
    world.settle();
    expect(world.told).toEqual({ jobs: [id, id], machines: ["m"] });
    world.engine.destroy(id, null, CLIENT);
    world.settle();
    expect(world.told).toEqual({ jobs: [id, id, id], machines: ["m", "m"] });
  });
});
