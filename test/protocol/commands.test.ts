import { describe, expect, test } from "vitest";
import { serve } from "./harness.js";
import { NO_BOARDS, NOBODY } from "./known-answers.js";

describe("calling commands", () => {
  test("the version is one that every client accepts", async () => {
    const client = await (await serve()).connect();
    expect(await client.call("version")).toMatch(/^1\.\d+\.\d+$/);
  });

  test.each([
    ["version", [1], {}],
    ["version", [], { x: 1 }],
    ["version", [], { _client: 1 }],
    ["version", [], { self: 1 }],
    ["version", [], { __proto__: 1, constructor: 1 }],
    ["list_jobs", [], { "": 1 }],
    ["job_keepalive", [], {}],
    ["job_keepalive", [1, 2], {}],
    ["job_keepalive", [1], { job_id: 1 }],
    ["get_job_state", [true], {}],
    ["get_job_state", [[1]], {}],
    ["notify_job", [{}], {}],
    ["notify_machine", [["m"]], {}],
    ["destroy_job", [1, 2], {}],
    ["get_board_position", ["m", 0, 0], {}],
    ["get_board_position", ["m", 0, 0.5, 0], {}],
    ["where_is", ["m"], { x: 0, y: 0, z: 0 }],
    ["where_is", [], {}],
    ["where_is", [], { machine: "m", x: 0, y: 0 }],
    ["where_is", [], { machine: "m", x: 0, y: 0, z: 0, chip_x: 0 }],
    ["where_is", [], { machine: "m", x: 0, y: 0, z: "0" }],
    ["where_is", [], { ["k".repeat(200_000)]: 1 }],
  ])("%s %j %.60j is an exception and the connection stays", async (command, args, kwargs) => {
    const client = await (await serve()).connect();
    const answer = await client.ask(command, args, kwargs);
    expect(Object.keys(answer)).toEqual(["exception"]);
    expect(answer["exception"]).toMatch(/./);
    expect(String(answer["exception"]).length).toBeLessThan(400);
    expect(await client.call("version")).toBeTypeOf("string");
  });

  test("a `client` among the names is ignored", async () => {
    const client = await (await serve()).connect();
    expect(await client.call("version", [], { client: 1 })).toBeTypeOf("string");
    const found = await client.call("where_is", [], { client: 1, machine: "m", x: 0, y: 0, z: 0 });
    expect(found).not.toBeNull();
  });

  test("a name whose value is null counts as not given, in where_is too", async () => {
    const client = await (await serve()).connect();
    const asked = { machine: "m", x: 0, y: 0, z: 1 };
    const unset = { cabinet: null, frame: null, board: null, chip_x: null, job_id: null };
    const found = await client.call("where_is", [], asked);
    expect(found).toMatchObject({ logical: [0, 0, 1] });
    expect(await client.call("where_is", [], { ...unset, ...asked })).toEqual(found);
    expect(await client.ask("where_is", [], { ...asked, z: null })).toHaveProperty("exception");
    const jobId = await client.call("create_job", [null], { owner: "me" });
    expect(await client.call("destroy_job", [jobId, null])).toBeNull();
    expect(await client.call("get_job_state", [jobId])).toMatchObject({ state: 4, reason: null });
    for (const command of ["notify_job", "no_notify_job", "notify_machine", "no_notify_machine"]) {
      expect(await client.call(command, [null])).toBeNull();
    }
  });

  test.each(["x", "1", null, 1.5, 77, -1, 1e300])("%j is the id of no job", async (id) => {
    const { connect, engine } = await serve();
    const client = await connect();
    expect(await client.call("get_job_state", [id])).toEqual(NOBODY);
    expect(await client.call("get_job_machine_info", [id])).toEqual(NO_BOARDS);
    for (const command of ["job_keepalive", "power_on_job_boards", "destroy_job"]) {
      expect(await client.call(command, [id])).toBeNull();
    }
    expect(engine.job(1)).toBeUndefined();
  });

  test("that are given too many arguments say how many", async () => {
    const client = await (await serve()).connect();
    expect(await client.ask("version", [1])).toEqual({
      exception: "version takes no arguments, but 1 argument was given by position",
    });
    expect(await client.ask("job_keepalive", [1, 2])).toEqual({
      exception: "job_keepalive takes job_id, but 2 arguments were given by position",
    });
  });

  test("lax numbers are numbers of no job", async () => {
    const client = await (await serve()).connect();
    for (const number of ["NaN", "1e400", "-Infinity", "123456789012345678901234567890"]) {
      client.send(`{"command":"get_job_state","args":[${number}]}`);
      expect(await client.next()).toEqual({ return: NOBODY });
    }
    client.send('{"command":"create_job","kwargs":{"owner":"me","keepalive":NaN}}');
    expect(Object.keys(await client.next())).toEqual(["exception"]);
    expect(await client.call("list_jobs")).toEqual([]);
  });

  test("a command that breaks inside is an exception, logged as an error", async () => {
    const { connect, engine, log } = await serve();
    const client = await connect();
    engine.durableMachines = () => {
      throw new TypeError("broken");
    };
    expect(Object.keys(await client.ask("list_machines"))).toEqual(["exception"]);
    expect(await client.call("version")).toBeTypeOf("string");
    expect(log.filter(({ level }) => level === "error")).toHaveLength(1);
  });
});

describe("a job", () => {
  test("is announced from its creation to its end", async () => {
    const { connect, engine } = await serve();
    const client = await connect();
    const id = await client.call("create_job", [2], { owner: "me", keepalive: 5, tags: null });
    expect(await client.call("get_job_state", [id])).toEqual({
      state: 2,
      power: true,
      keepalive: 5,
      reason: null,
      start_time: 1_700_000_000.5,
      keepalivehost: "127.0.0.1",
    });
    engine.makeReady(1);
    expect(await client.call("get_job_state", [], { job_id: id })).toMatchObject({ state: 3 });
    expect(await client.call("get_job_machine_info", [id])).toEqual({
      width: 16,
      height: 16,
      connections: [
        [[0, 0], "10.0.0.0"],
        [[4, 8], "10.0.0.2"],
        [[8, 4], "10.0.0.1"],
      ],
      machine_name: "m",
      boards: [
        [0, 0, 0],
        [0, 0, 1],
        [0, 0, 2],
      ],
    });
    expect(await client.call("list_jobs")).toEqual([
      {
        job_id: id,
        owner: "me",
        start_time: 1_700_000_000.5,
        keepalive: 5,
        state: 3,
        power: true,
        args: [2],
        kwargs: { tags: null },
        allocated_machine_name: "m",
        boards: [
          [0, 0, 0],
          [0, 0, 1],
          [0, 0, 2],
        ],
        keepalivehost: "127.0.0.1",
      },
    ]);
    expect(await client.call("power_off_job_boards", [id])).toBeNull();
    expect(await client.call("get_job_state", [id])).toMatchObject({ state: 2, power: false });
    expect(await client.call("destroy_job", [id, "done"])).toBeNull();
    expect(await client.call("get_job_state", [id])).toEqual({
      ...NOBODY,
      state: 4,
      reason: "done",
    });
    expect(await client.call("get_job_machine_info", [id])).toEqual(NO_BOARDS);
    expect(await client.call("list_jobs")).toEqual([]);
  });

  test("that waits has no power and no boards", async () => {
    const client = await (await serve()).connect();
    await client.call("create_job", [4, 2], { owner: "me" });
    const id = await client.call("create_job", [], { owner: "me" });
    expect(await client.call("get_job_state", [id])).toMatchObject({ state: 1, power: null });
    expect(await client.call("get_job_machine_info", [id])).toEqual(NO_BOARDS);
    const jobs = await client.call("list_jobs");
    expect(jobs).toMatchObject([{}, { allocated_machine_name: null, boards: null, power: null }]);
  });

  test("of the whole machine is a torus; its chips start at its origin", async () => {
    const client = await (await serve()).connect();
    const id = await client.call("create_job", [4, 2], { owner: "me" });
    const info = await client.call("get_job_machine_info", [id]);
    expect(info).toMatchObject({ width: 48, height: 24 });
    const { connections } = info as { connections: [number[], string][] };
    expect(connections).toHaveLength(24);
    expect(connections[0]).toEqual([[0, 0], "10.0.0.0"]);
    const sorted = [...connections].sort(([a], [b]) => a[0]! - b[0]! || a[1]! - b[1]!);
    expect(connections).toEqual(sorted);
  });

  test("of a board within a triad has its chips from that board on", async () => {
    const client = await (await serve()).connect();
    for (let i = 0; i < 2; i++) await client.call("create_job", [], { owner: "me" });
    expect(await client.call("get_job_machine_info", [2])).toMatchObject({
      width: 8,
      height: 8,
      connections: [[[0, 0], "10.0.0.1"]],
      boards: [[0, 0, 1]],
    });
  });

  test("across the edge of the machine has its chips modulo the machine", async () => {
    const { connect, engine } = await serve();
    const client = await connect();
    const id = await client.call("create_job", [2, 2], { owner: "me" });
    const job = engine.job(1);
    if (job === undefined || !("state" in job) || job.placed === null) throw new Error("no job");
    const moved = {
      ...job,
      placed: { ...job.placed, allocation: { ...job.placed.allocation, x: 3, y: 1 } },
    };
    engine.job = () => moved;
    const info = (await client.call("get_job_machine_info", [id])) as {
      connections: [number[], string][];
    };
    expect(info.connections.map(([chip]) => chip)).toContainEqual([12, 12]);
    expect(info.connections[0]).toEqual([[0, 0], `10.0.0.${(3 * 2 + 1) * 3}`]);
    expect(info.connections.every(([[x, y]]) => x! < 24 && y! < 24)).toBe(true);
  });

  test("is touched by every command that names it, but not by three", async () => {
    const { connect, engine } = await serve();
    const client = await connect();
    const touched = async (command: string, args: unknown[], kwargs = {}) => {
      const before = engine.touches.length;
      await client.call(command, args, kwargs);
      return engine.touches.slice(before);
    };
    const touch = [{ jobId: 9, host: "127.0.0.1" }];
    expect(await touched("job_keepalive", [9])).toEqual(touch);
    expect(await touched("get_job_state", [9])).toEqual(touch);
    expect(await touched("get_job_machine_info", [9])).toEqual(touch);
    expect(await touched("power_on_job_boards", [9])).toEqual(touch);
    expect(await touched("power_off_job_boards", [9])).toEqual(touch);
    expect(await touched("destroy_job", [9])).toEqual([]);
    expect(await touched("notify_job", [9])).toEqual([]);
    expect(await touched("where_is", [], { job_id: 9, chip_x: 0, chip_y: 0 })).toEqual([]);
  });

  test("keeps a long reason only in part", async () => {
    const client = await (await serve()).connect();
    const id = await client.call("create_job", [], { owner: "me" });
    await client.call("destroy_job", [id, "r".repeat(5000)]);
    const { reason } = (await client.call("get_job_state", [id])) as { reason: string };
    expect(reason).toBe(`${"r".repeat(1024)}…`);
  });
});

describe("machines", () => {
  test("are listed by priority", async () => {
    const client = await (await serve()).connect();
    expect(await client.call("list_machines")).toEqual([
      { name: "m", tags: ["default"], width: 4, height: 2, dead_boards: [], dead_links: [] },
      { name: "t", tags: ["default"], width: 1, height: 1, dead_boards: [], dead_links: [] },
    ]);
  });

  test("know where a board is bolted in, and what is bolted in somewhere", async () => {
    const client = await (await serve()).connect();
    expect(await client.call("get_board_position", ["m", 1, 0, 2])).toEqual([0, 0, 8]);
    expect(await client.call("get_board_at_position", ["m", 0, 0, 8])).toEqual([1, 0, 2]);
    expect(
      await client.call("get_board_at_position", [], { machine_name: "m", x: 0, y: 0, z: 8 }),
    ).toEqual([1, 0, 2]);
    expect(await client.call("get_board_position", ["m", 9, 0, 0])).toBeNull();
    expect(await client.call("get_board_at_position", ["m", 0, 0, 99])).toBeNull();
    expect(await client.call("get_board_position", ["nosuch", 0, 0, 0])).toBeNull();
  });

  test("know whose board or chip one is, by four ways of asking", async () => {
    const client = await (await serve()).connect();
    await client.call("create_job", [2], { owner: "me" });
    const answer = {
      machine: "m",
      logical: [0, 0, 1],
      physical: [0, 0, 1],
      chip: [8, 4],
      board_chip: [0, 0],
      job_id: 1,
      job_chip: [8, 4],
    };
    for (const kwargs of [
      { machine: "m", x: 0, y: 0, z: 1 },
      { machine: "m", cabinet: 0, frame: 0, board: 1 },
      { chip_y: 4, machine: "m", chip_x: 8 },
      { job_id: 1, chip_x: 8, chip_y: 4 },
    ]) {
      expect(await client.call("where_is", [], kwargs)).toEqual(answer);
    }
    expect(await client.call("where_is", [], { machine: "t", x: 0, y: 0, z: 0 })).toMatchObject({
      job_id: null,
      job_chip: null,
    });
    expect(await client.call("where_is", [], { machine: "x", x: 0, y: 0, z: 0 })).toBeNull();
    expect(await client.call("where_is", [], { job_id: "x", chip_x: 0, chip_y: 0 })).toBeNull();
  });
});
