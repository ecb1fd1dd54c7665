import { describe, expect, it } from "vitest";
import { type BoardCoordinate, boardOfIndex } from "../../src/domain/board.js";
import { OPERATOR } from "../../src/engine/contract/actors.js";
import type { JobView } from "../../src/engine/contract/api.js";
import { releaseBoards } from "../support/release.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate, live } from "./jobs.js";

/** 48 boards: frame 0 with columns 0 … 7, frame 1 with the others. */
const MACHINE = machine("m", 16, 1);
const FRAME_0 = "bmp-0-0";
const SELF_TEST_MS = 300_000;

function frameOf({ placed }: JobView): number {
  return placed!.allocation.x < 8 ? 0 : 1;
}

function inQuarantine(world: EngineHarness): number {
  return world.engine.operator.quarantine().filter(({ active }) => active).length;
}

function exactly(board: BoardCoordinate) {
  return boards(1, { size: { kind: "board", board } });
}

/** A world in which the BMP of frame 0 refuses every power-on. */
function refusing(more: Parameters<typeof configuration>[1] = {}): EngineHarness {
  const world = new EngineHarness(configuration([MACHINE], more));
  world.bmps.refusing.add("0,0");
  return world;
}

describe("a job that failed on a frame", () => {
  it("goes to another frame, and takes the first one again only when there is no other", () => {
    const world = new EngineHarness(configuration([MACHINE], { secondsBetweenSelfTests: 0 }));
    world.bmps.bad.add("0,0,0");
    const id = create(world, newJob(boards(1)));
    expect(fate(world, id)).toBe("ready");
    expect(frameOf(live(world, id))).toBe(1);
  });

  it("takes boards of that frame again when there are no others", () => {
    const world = new EngineHarness(configuration([MACHINE], { secondsBetweenSelfTests: 0 }));
    for (let n = 24; n < 48; n++) create(world, newJob(exactly(boardOfIndex(n, MACHINE))));
    world.bmps.bad.add("0,0,0");
    const id = create(world, newJob(boards(1)));
    expect(fate(world, id)).toBe("ready");
    expect(frameOf(live(world, id))).toBe(0);
  });
});

describe("a frame of which boards fail in a row", () => {
  it("costs no job its life and no more than two boards their freedom", () => {
    const world = refusing();
    for (let n = 0; n < 24; n++) {
      const id = create(world, newJob(boards(1)));
      expect(fate(world, id)).toBe("ready");
      expect(frameOf(live(world, id))).toBe(1);
    }
    expect(inQuarantine(world)).toBe(2);
    expect([...world.engine.operator.suspectBmps().keys()]).toEqual([FRAME_0]);
    const waiting = create(world, newJob(boards(1)));
    expect(fate(world, waiting)).toBe("queued");
  });

  it("is given up by jobs that wait for its boards to come up", () => {
    const world = refusing();
    const ids = [1, 2, 3].map(() => create(world, newJob(boards(3)), { bmps: false }));
    expect(ids.map((id) => frameOf(live(world, id)))).toEqual([0, 0, 0]);
    world.carryOutOrder();
    world.settle({ bmps: false });
    expect(ids.map((id) => frameOf(live(world, id)))).toEqual([1, 1, 1]);
    world.settle();
    expect(ids.map((id) => fate(world, id))).toEqual(["ready", "ready", "ready"]);
  });

  it("is tested on a board that has not failed, and used again as soon as one comes up", () => {
    const world = refusing();
    const waiting = [24, 24, 24].map((count) => create(world, newJob(boards(count))));
    expect(waiting.map((id) => fate(world, id))).toEqual(["ready", "queued", "queued"]);
    world.pass(31_000);
    const tests = () => world.bmps.carriedOut.filter(({ action }) => action === "test").length;
    world.pass(4 * SELF_TEST_MS);
    expect(tests()).toBeGreaterThanOrEqual(4);
    expect([...world.engine.operator.suspectBmps().keys()]).toEqual([FRAME_0]);
    world.bmps.refusing.clear();
    world.pass(64 * SELF_TEST_MS);
    expect(world.engine.operator.suspectBmps().size).toBe(0);
    expect(fate(world, waiting[1]!)).toBe("ready");
    expect(inQuarantine(world)).toBe(0);
  });

  it("is soon cleared when it was the boards after all, and these stay in quarantine", () => {
    const world = new EngineHarness(configuration([MACHINE]));
    for (const n of [0, 1]) world.bmps.bad.add(`0,0,${n}`);
    for (const n of [0, 1]) create(world, newJob(exactly([0, 0, n])));
    world.pass(0);
    expect(world.events.some(({ kind }) => kind === "frameSuspected")).toBe(true);
    expect(world.engine.operator.suspectBmps().size).toBe(0);
    const active = world.engine.operator.quarantine().filter((record) => record.active);
    expect(active.map(({ board }) => board).sort()).toEqual([0, 1]);
    world.pass(3_600_000);
    expect(inQuarantine(world)).toBe(2);
  });

  it("is not suspected when a board of it came up in between, nor where nothing is tested", () => {
    const well = new EngineHarness(configuration([MACHINE]));
    well.bmps.bad.add("0,0,0");
    well.bmps.bad.add("0,0,2");
    create(well, newJob(boards(3)));
    expect(
      well.engine.operator
        .quarantine()
        .map(({ board }) => board)
        .sort(),
    ).toEqual([0, 2]);
    expect(well.events.some(({ kind }) => kind === "frameSuspected")).toBe(false);

    const untested = refusing({ secondsBetweenSelfTests: 0 });
    const ids = Array.from({ length: 24 }, () => create(untested, newJob(boards(1))));
    expect(ids.map((id) => fate(untested, id))).toEqual(ids.map(() => "ready"));
    expect(untested.engine.operator.suspectBmps().size).toBe(0);
  });

  it("is tested on another board when a reload says that the first is dead, or an operator has it", () => {
    const world = refusing();
    create(world, newJob(boards(24)));
    world.pass(31_000);
    const probes = () =>
      world.engine.operator.quarantine().filter(({ active, cause }) => active && cause === "bmp");
    const [first] = probes();
    const dead = { ...MACHINE, deadBoards: [first!.coordinates!] };
    world.engine.reconfigure(configuration([dead]));
    world.settle();
    const second = probes().find(({ board }) => board !== first!.board);
    world.engine.operator.quarantineBoards("m", [second!.board], "mine", OPERATOR);
    world.settle();
    expect(probes()).toHaveLength(2);
    world.bmps.refusing.clear();
    world.pass(SELF_TEST_MS);
    expect(world.engine.operator.suspectBmps().size).toBe(0);
  });

  it("is cleared by an operator who releases a board of it", () => {
    const world = refusing();
    create(world, newJob(boards(24)));
    world.pass(31_000);
    const [record] = world.engine.operator.quarantine();
    world.bmps.refusing.clear();
    releaseBoards(world.engine.operator, "m", [record!.board], "reseated");
    expect(world.engine.operator.suspectBmps().size).toBe(0);
  });
});
