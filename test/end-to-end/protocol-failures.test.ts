/** Failures P of the server this one succeeds: none of them here. By their numbers. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestClient } from "../protocol/client.js";
import { ownNetwork } from "../support/loopback.js";
import { configurationText, machineText, RunningServer } from "../support/running-server.js";
import { type Client, DESTROYED, READY } from "./client.js";

const NETWORK = await ownNetwork();

const VERSION = '{"command":"version"}\n';
/** Delayed acknowledgements held answers up for this long. */
const STALL_MS = 40;

const text = configurationText([
  machineText("m", { width: 2, height: 2, baseIp: `${NETWORK}.1.0` }),
  machineText("other", { baseIp: `${NETWORK}.2.0`, more: `tags: ["other"]` }),
]);

let running: RunningServer;
let honest: Client;

beforeEach(async () => {
  running = await RunningServer.start({ configuration: text });
  honest = await running.client();
});

afterEach(async () => {
  expect(await honest.call("version")).toBe("1.0.0");
  await running.end();
});

const listed = () => honest.call("list_jobs");

describe("known failures of the protocol", () => {
  it("1: clients that leave with their answers unread harm nobody, and all is saved", async () => {
    for (let i = 0; i < 100; i++) {
      const client = await TestClient.open(running.port);
      const create = '{"command":"create_job","kwargs":{"owner":"gone","keepalive":null}}\n';
      await new Promise((done) => client.socket.write(`${create}${VERSION}`, done));
      if (i % 2 === 0) client.close();
      else client.socket.resetAndDestroy();
    }
    await honest.create([1]);
    const before = await listed();
    await running.server.kill();
    await running.startServer();
    honest = await running.client();
    // Requests of clients that left may still have been read after the list was.
    expect((await listed()).map(({ job_id }) => job_id)).toEqual(
      expect.arrayContaining(before.map(({ job_id }) => job_id)),
    );
  });

  it("2: a client that asks for lists and does not read is cut off, and nobody waits for it", async () => {
    for (let i = 0; i < 200; i++) await honest.create([1], { owner: "o".repeat(1000) });
    const deaf = await TestClient.open(running.port);
    deaf.socket.pause();
    deaf.socket.on("error", () => undefined);
    const lists = '{"command":"list_jobs"}\n'.repeat(1000);
    while (!running.server.output.includes("(clientLimits.unsentBytes)")) {
      deaf.socket.write(lists);
      expect(await honest.call("version")).toBe("1.0.0");
    }
    deaf.close();
  });

  it("2: a watcher of all jobs that is suspended keeps nobody waiting, nor does its end", async () => {
    const suspended = await TestClient.open(running.port);
    await suspended.call("notify_job");
    suspended.socket.pause();
    for (let i = 0; i < 100; i++) await honest.call("destroy_job", [await honest.create([1])]);
    suspended.socket.resetAndDestroy();
    await honest.reaches(await honest.create([1]), READY);
  });

  it("3: a line that does not end is cut off at its limit", async () => {
    const flood = await TestClient.open(running.port);
    flood.socket.on("error", () => undefined);
    flood.socket.write("x".repeat(5_000_000));
    while (!flood.isClosed) expect(await honest.call("version")).toBe("1.0.0");
    expect(running.server.output).toContain(
      "line longer than 262144 bytes (clientLimits.lineBytes)",
    );
  });

  it("4: a create_job that fails leaves no job behind, and reloads go on", async () => {
    const bad: readonly [args: readonly unknown[], kwargs: object][] = [
      [[], { require_torus: true }],
      [[1], { require_torus: true }],
      [[0, 0, 0], { require_torus: true }],
      [[1], { nonsense: 1 }],
      [[1], { machine: "m", tags: ["default"] }],
      [[1, 1], { min_ratio: "wide" }],
      [[4], { min_ratio: -1 }],
      [[1], { max_dead_boards: -1 }],
      [[1, 2, 3, 4, 5, 6, 7, 8], {}],
      [[1], { owner: null }],
      [[1], { tags: 5 }],
    ];
    for (const [args, kwargs] of bad) {
      await expect(honest.create(args, { keepalive: 0.1, ...kwargs })).rejects.toThrow();
    }
    expect(await listed()).toEqual([]);
    await running.reload(text);
    const id = await honest.create([3], { keepalive: 0.1 });
    await honest.call("notify_job", [id]);
    // Its keepalive runs out unless it is touched, and asking for its state touches it.
    while ((await listed()).length > 0) await honest.call("version");
    expect(await honest.state(id)).toMatchObject({ state: DESTROYED });
  });

  it("5: sizes that are no whole numbers are refused, and harm nobody", async () => {
    const bad = [[1, 1.5], [1.5], [0.5, 1], [0, 0, 0.5], ["2"], [null, 1], [true], [[1]], [{}, 1]];
    for (const args of bad) await expect(honest.create(args)).rejects.toThrow("whole numbers");
    expect(await listed()).toEqual([]);
    await honest.reaches(await honest.create([2, 2]), READY);
  });

  it("6: a keepalive that is no finite number is refused, and lists stay valid JSON", async () => {
    const client = await TestClient.open(running.port);
    for (const keepalive of ["NaN", "Infinity", "-Infinity", "1e999", "-1"]) {
      client.send(
        `{"command":"create_job","args":[1],"kwargs":{"owner":"lax","keepalive":${keepalive}}}`,
      );
      expect(await client.next()).toEqual({
        exception: expect.stringContaining("keepalive must be a finite number"),
      });
    }
    // Parsed strictly.
    expect(await listed()).toEqual([]);
    client.close();
  });

  it("7: pipelined requests are answered many at a time", async () => {
    const client = await TestClient.open(running.port);
    const count = 20_000;
    let packets = 0;
    client.socket.on("data", () => packets++);
    client.socket.write(VERSION.repeat(count));
    for (let i = 0; i < count; i++) expect(await client.line()).toBe('{"return":"1.0.0"}');
    expect(packets).toBeLessThan(count / 20);
    client.close();
  });

  it("7: answers and notifications on one connection do not hold each other up", async () => {
    await honest.call("notify_job");
    const times: number[] = [];
    for (let i = 0; i < 41; i++) {
      const startedAt = performance.now();
      await honest.call("destroy_job", [await honest.create([1])]);
      times.push(performance.now() - startedAt);
    }
    times.sort((a, b) => a - b);
    // Two answers, and the notifications between them: had each waited, none would be as fast.
    expect(times[0]).toBeLessThan(STALL_MS);
  });

  it("8: a thousand clients connect at once, and each is served", async () => {
    const clients = await Promise.all(
      Array.from({ length: 1000 }, () => TestClient.open(running.port)),
    );
    const versions = await Promise.all(clients.map((client) => client.call("version")));
    expect(versions).toEqual(new Array(1000).fill("1.0.0"));
    for (const client of clients) client.close();
  });
});
