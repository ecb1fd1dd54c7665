import { describe, expect, it } from "vitest";
import { boardCountOf } from "../../src/domain/allocation.js";
import type { MachineDescription } from "../../src/domain/machine.js";
import { OPERATOR } from "../../src/engine/contract/actors.js";
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

  it("end a job that found no good boards in any of its placements", () => {
    const world = new EngineHarness(configuration([machine("m", 8, 1)]));
    for (let n = 0; n < 24; n++) world.bmps.bad.add(`0,0,${n}`);
    const id = create(world, newJob(boards(3)));
    world.pass(200_000);
    expect(fate(world, id)).toMatch(/^destroyed: Machine configuration failed\. Error: board \[/);
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
    world.settle();
    expect(world.bmps.powered.size).toBe(3);
    expect(fate(world, id)).toBe("ready");
  });
});

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
    world.settle();
    expect(fate(world, starting)).toBe("ready");
    expect(boardCountOf(live(world, starting).placed!.allocation)).toBe(3);
    expect(world.bmps.powered.size).toBe(3);
  });

  it("boards finish their cooldown, and a job has its whole keepalive to be touched in", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
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

describe("where_is", () => {
  it("agrees by board, position, chip and chip of a job", () => {
    const world = new EngineHarness(configuration([machine("m", 3, 2)]));
    const id = create(world, newJob(boards(4, { size: { kind: "triads", width: 2, height: 1 } })));
    const { x, y } = live(world, id).placed!.allocation;
    const board = [(x + 1) % 3, y, 2] as const;
    const found = world.engine.whereIs({ by: "board", machine: "m", board })!;
    expect(found).toMatchObject({ machine: "m", board, jobId: id, boardChip: [0, 0] });
    expect(found.jobChip).toEqual([16, 8]);
    const { position, chip } = found;
    expect(world.engine.whereIs({ by: "position", machine: "m", position: position })).toEqual(
      found,
    );
    expect(world.engine.whereIs({ by: "chip", machine: "m", chip })).toEqual(found);
    expect(world.engine.whereIs({ by: "jobChip", jobId: id, chip: [16, 8] })).toEqual(found);
    expect(world.engine.whereIs({ by: "jobChip", jobId: id, chip: [0, 12] })).toBeNull();
    expect(world.engine.whereIs({ by: "board", machine: "m", board: [3, 0, 0] })).toBeNull();
  });
});

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
