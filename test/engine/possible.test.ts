/** Whether a job can ever run: decided when it comes, and again whenever the answer may have changed. */

import { describe, expect, it } from "vitest";
import { type BoardCoordinate, boardIndex } from "../../src/domain/board.js";
import { OPERATOR } from "../../src/engine/contract/actors.js";
import { CLIENT } from "../support/actors.js";
import { releaseBoards } from "../support/release.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate, live } from "./jobs.js";

const REFUSED = "destroyed: Cancelled: No suitable machines available.";
const WHOLE = boards(6, { maxDeadBoards: 0 });

const pair = (more: Parameters<typeof machine>[3] = {}) => machine("m", 2, 1, more);
const indexOf = (board: BoardCoordinate) => boardIndex(board, { width: 2, height: 1 });

function quarantine(world: EngineHarness, board: BoardCoordinate): void {
  world.engine.operator.quarantineBoards("m", [indexOf(board)], "it smells", OPERATOR);
  world.settle();
}

function release(world: EngineHarness, board: BoardCoordinate): void {
  releaseBoards(world.engine.operator, "m", [indexOf(board)], "it was the tea");
  world.settle();
}

describe("a job that needs every board of a machine", () => {
  it("waits for boards that are in quarantine, whenever it came, and starts when they are back", () => {
    const world = new EngineHarness(configuration([pair()]));
    const running = create(world, newJob(boards(3)));
    const before = create(world, newJob(WHOLE));
    quarantine(world, [1, 0, 2]);
    const after = create(world, newJob(WHOLE));
    world.engine.destroy(running, null, CLIENT);
    world.pass(31_000);
    expect([before, after].map((id) => fate(world, id))).toEqual(["queued", "queued"]);
    release(world, [1, 0, 2]);
    expect([before, after].map((id) => fate(world, id))).toEqual(["ready", "queued"]);
  });

  it("waits for a BMP that is silent", () => {
    const world = new EngineHarness(configuration([pair()]));
    world.settle();
    world.engine.bmpObservation({ kind: "silent", bmp: "bmp-0-0", reason: "it is silent" });
    const id = create(world, newJob(WHOLE));
    expect(fate(world, id)).toBe("queued");
    world.engine.bmpObservation({ kind: "answering", bmp: "bmp-0-0" });
    world.settle();
    expect(fate(world, id)).toBe("ready");
  });

  it("ends when a reload says that one of them is dead", () => {
    const world = new EngineHarness(configuration([pair()]));
    const running = create(world, newJob(boards(3)));
    const ids = [1, 2].map(() => create(world, newJob(WHOLE)));
    world.engine.reconfigure(configuration([pair({ deadBoards: [[1, 0, 2]] })]));
    world.settle();
    expect(ids.map((id) => fate(world, id))).toEqual([REFUSED, REFUSED]);
    expect(fate(world, running)).toBe("ready");
  });

  it("ends when a reload says that the board is dead which it waited for in quarantine", () => {
    const world = new EngineHarness(configuration([pair()]));
    quarantine(world, [1, 0, 2]);
    const id = create(world, newJob(WHOLE));
    expect(fate(world, id)).toBe("queued");
    world.engine.reconfigure(configuration([pair({ deadBoards: [[1, 0, 2]] })]));
    world.settle();
    expect(fate(world, id)).toBe(REFUSED);
  });

  it("ends when a reload tells of a dead link that it will not have", () => {
    const world = new EngineHarness(configuration([pair()]));
    const running = create(world, newJob(boards(3)));
    const id = create(world, newJob({ ...WHOLE, maxDeadLinks: 0, requireTorus: true }));
    world.engine.reconfigure(configuration([pair({ deadLinks: [[0, 0, 0, 0]] })]));
    world.settle();
    expect([running, id].map((job) => fate(world, job))).toEqual(["ready", REFUSED]);
  });

  it("is asked for again when it comes after the boards are mended", () => {
    const world = new EngineHarness(configuration([pair({ deadBoards: [[1, 0, 2]] })]));
    expect(fate(world, create(world, newJob(WHOLE)))).toBe(REFUSED);
    world.engine.reconfigure(configuration([pair()]));
    world.settle();
    expect(fate(world, create(world, newJob(WHOLE)))).toBe("ready");
  });
});

describe("a job that waits for one of several machines", () => {
  const other = (more: Parameters<typeof machine>[3] = {}) =>
    machine("n", 2, 1, { cabinet: 1, ...more });

  function busyWorld(first = pair()): { world: EngineHarness; id: number } {
    const world = new EngineHarness(configuration([first, other()]));
    const triads = first.deadBoards.length === 0 ? 4 : 3;
    for (let n = 0; n < triads; n++) create(world, newJob(boards(3)));
    return { world, id: create(world, newJob(WHOLE)) };
  }

  it("goes on waiting for the others when one can hold it no more, and ends with the last", () => {
    const { world, id } = busyWorld();
    world.engine.reconfigure(configuration([pair({ deadBoards: [[0, 0, 0]] }), other()]));
    world.settle();
    expect(fate(world, id)).toBe("queued");
    world.engine.reconfigure(configuration([pair({ deadBoards: [[0, 0, 0]] })]));
    world.settle();
    expect(fate(world, id)).toBe(REFUSED);
  });

  it("starts on one that could not hold it until a reload said that its boards are mended", () => {
    const { world, id } = busyWorld(pair({ deadBoards: [[0, 0, 0]] }));
    for (const job of [...world.engine.jobs()]) {
      if (job.placed?.machine.description.name === "m")
        world.engine.destroy(job.jobId, null, CLIENT);
    }
    world.pass(31_000);
    expect(fate(world, id)).toBe("queued");
    world.engine.reconfigure(configuration([pair(), other()]));
    world.settle();
    expect(live(world, id).placed?.machine.description.name).toBe("m");
  });

  it("follows tags: it ends when no machine has them any more, and starts on one that gets them", () => {
    const tags = ["fast", "default"];
    const world = new EngineHarness(configuration([pair({ tags }), other()]));
    create(world, newJob(boards(6)));
    const [first, second] = [1, 2].map(() => create(world, newJob(WHOLE, { tags: ["fast"] })));
    world.engine.reconfigure(configuration([pair(), other({ tags })]));
    world.settle();
    expect(live(world, first!).placed?.machine.description.name).toBe("n");
    expect(fate(world, second!)).toBe("queued");
    world.engine.reconfigure(configuration([pair(), other()]));
    world.settle();
    expect([first, second].map((id) => fate(world, id!))).toEqual(["ready", REFUSED]);
  });
});

describe("what can never run", () => {
  it("is refused at once behind a job that waits, were there a thousand of it", () => {
    const world = new EngineHarness(configuration([pair({ deadBoards: [[1, 0, 2]] })]));
    create(world, newJob(boards(3)));
    expect(fate(world, create(world, newJob(boards(5))))).toBe("queued");
    const fates: string[] = [];
    for (let n = 0; n < 1000; n++) {
      world.engine.createJob(newJob(WHOLE), CLIENT, (id) => fates.push(fate(world, id)));
    }
    world.settle();
    expect(fates).toEqual(new Array(1000).fill(REFUSED));
  });

  it("is found out also when it is boards that come back which make it so", () => {
    // Without board (0, 0, 1), its dead link is no link between boards of the job.
    const links = { maxDeadBoards: 1, maxDeadLinks: 0, requireTorus: true };
    const world = new EngineHarness(configuration([pair({ deadLinks: [[0, 0, 1, 0]] })]));
    quarantine(world, [0, 0, 1]);
    const running = create(world, newJob(boards(1)));
    const id = create(world, newJob(boards(6, links)));
    expect(fate(world, id)).toBe("queued");
    release(world, [0, 0, 1]);
    expect([running, id].map((job) => fate(world, job))).toEqual(["ready", REFUSED]);
  });
});

describe("a job that waits", () => {
  it("is not searched for again when a board in quarantine fails again", () => {
    const world = new EngineHarness(configuration([pair()], { secondsBetweenSelfTests: 20 }));
    world.bmps.bad.add("0,0,0");
    world.engine.destroy(create(world, newJob(boards(6, { maxDeadBoards: 1 }))), null, CLIENT);
    world.pass(31_000);
    create(world, newJob(boards(3)));
    create(world, newJob(boards(4)));
    world.searched = [];
    world.pass(600_000);
    const [record] = world.engine.operator.quarantine();
    expect(record!.testsFailed).toBeGreaterThan(2);
    expect(world.searched).toEqual([]);
  });
});
