import { describe, expect, it } from "vitest";
import type { MachineDescription } from "../../src/domain/machine.js";
import { OPERATOR } from "../../src/engine/contract/actors.js";
import { CLIENT } from "../support/actors.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate, live } from "./jobs.js";

describe("a reload", () => {
  it("leaves running jobs alone when tags, dead boards or dead links change", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    const id = create(world, newJob(boards(1)));
    const [x, y] = [0, 0];
    const z = live(world, id).placed?.allocation.board ?? 0;
    world.engine.reconfigure(
      configuration([machine("m", 1, 1, { tags: ["other"], deadBoards: [[x, y, z]] })]),
    );
    world.settle();
    expect(fate(world, id)).toBe("ready");
    expect(world.engine.whereIs({ by: "board", machine: "m", board: [x, y, z] })?.jobId).toBe(id);
    world.engine.destroy(id, null, CLIENT);
    world.pass(31_000);
    const jobs = [1, 2, 3].map(() => create(world, newJob(boards(1), { tags: ["other"] })));
    expect(jobs.map((job) => fate(world, job))).toEqual(["ready", "ready", "queued"]);
  });

  it("ends the jobs of a machine that is gone, and powers their boards off", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    const running = create(world, newJob(boards(3)));
    const waiting = create(world, newJob(boards(3)));
    world.engine.reconfigure(configuration([]));
    world.settle();
    expect(fate(world, running)).toBe("destroyed: Machine removed.");
    expect(fate(world, waiting)).toBe("destroyed: Cancelled: No suitable machines available.");
    expect(world.bmps.powered.size).toBe(0);
    expect(world.engine.machines()).toEqual([]);
  });

  it("powers boards off through the old addresses before it uses the new ones", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    create(world, newJob(boards(3)));
    const moved = machine("m", 1, 1, { bmpIps: [[[0, 0], "elsewhere"]] });
    world.engine.reconfigure(configuration([moved]));
    const next = create(world, newJob(boards(3)));
    expect(fate(world, next)).toBe("queued");
    world.pass(31_000);
    expect(fate(world, next)).toBe("ready");
    expect(world.bmps.carriedOut.map(({ action }) => action)).toEqual(["on", "off", "on"]);
  });

  it("starts waiting jobs on a new machine, and follows a new order of priorities", () => {
    const world = new EngineHarness(configuration([machine("a", 1, 1)]));
    const first = create(world, newJob(boards(3)));
    const second = create(world, newJob(boards(3)));
    world.engine.reconfigure(
      configuration([machine("b", 2, 1, { cabinet: 1 }), machine("a", 1, 1)]),
    );
    world.settle();
    expect(fate(world, first)).toBe("ready");
    expect(live(world, second).placed?.machine.description.name).toBe("b");
    expect(world.engine.machines().map(({ description }) => description.name)).toEqual(["b", "a"]);
  });

  it("applies a changed cooldown to machines that exist", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    const id = create(world, newJob(boards(3)));
    const next = create(world, newJob(boards(3)));
    world.engine.destroy(id, null, CLIENT);
    world.settle();
    world.engine.reconfigure(configuration([machine("m", 1, 1)], { secondsBeforeFree: 2 }));
    world.pass(3_000);
    expect(fate(world, next)).toBe("ready");
  });

  it("gives boards out that come back behind another BMP than the silent one they had", () => {
    const plain = machine("m", 1, 1);
    const deadBoards = plain.boardLocations.map(([board]) => board);
    const bmpIps: MachineDescription["bmpIps"] = [[[0, 0], "new"]];
    const world = new EngineHarness(configuration([plain]));
    world.engine.bmpObservation({ kind: "silent", bmp: "bmp-0-0", reason: "it is broken" });
    const waiting = create(world, newJob(boards(3)));
    expect(fate(world, waiting)).toBe("queued");
    world.engine.reconfigure(
      configuration([
        { ...plain, deadBoards, bmpIps },
        machine("other", 1, 1, { cabinet: 1, deadBoards: [[0, 0, 0]] }),
      ]),
    );
    world.engine.reconfigure(configuration([{ ...plain, bmpIps }]));
    world.settle();
    expect(fate(world, waiting)).toBe("ready");
  });

  it("leaves no BMP among the silent ones that no machine has any more, but keeps what is known of it", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    const silent = () => [...world.engine.operator.silentBmps().keys()];
    world.engine.bmpObservation({ kind: "silent", bmp: "bmp-0-0", reason: "it is broken" });
    expect(silent()).toEqual(["bmp-0-0"]);
    const elsewhere = machine("m", 1, 1, { bmpIps: [[[0, 0], "elsewhere"]] });
    world.engine.reconfigure(configuration([elsewhere]));
    world.pass(60_000);
    expect(silent()).toEqual([]);
    world.engine.reconfigure(configuration([machine("m", 1, 1)]));
    world.pass(60_000);
    expect(silent()).toEqual(["bmp-0-0"]);
  });

  it("whose boards in quarantine change places keeps each of them there, for its own reason", () => {
    const plain = machine("m", 1, 1);
    const places = plain.boardLocations.map(([, place]) => place);
    const rewired: MachineDescription = {
      ...plain,
      boardLocations: plain.boardLocations.map(([board], at) => [board, places[2 - at]!]),
    };
    const world = new EngineHarness(configuration([plain]));
    world.engine.operator.quarantineBoards("m", [0], "the board at place 0", OPERATOR);
    world.engine.operator.quarantineBoards("m", [2], "the board at place 2", OPERATOR);
    world.engine.reconfigure(configuration([rewired]));
    world.settle();
    const reasons = () =>
      world.engine.operator
        .quarantine()
        .map(({ board, reason }) => `${board}: ${reason}`)
        .sort();
    const expected = ["0: the board at place 2", "2: the board at place 0"];
    expect(reasons()).toEqual(expected);
    world.crash(configuration([rewired]));
    expect(reasons()).toEqual(expected);
  });

  it("that removes a machine whose boards are still powering off applies whole", () => {
    const world = new EngineHarness(
      configuration([machine("m", 1, 1), machine("n", 1, 1, { cabinet: 1 })]),
    );
    const id = create(world, newJob(boards(3)));
    world.engine.destroy(id, null, CLIENT);
    world.settle({ bmps: false });
    world.engine.reconfigure(configuration([machine("n", 1, 1, { cabinet: 1 })]));
    world.settle();
    world.pass(31_000);
    expect(world.bmps.powered.size).toBe(0);
    expect(fate(world, create(world, newJob(boards(3))))).toBe("ready");
  });
});
