import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../src/protocol/connection/limits.js";
import { ownNetwork } from "../support/loopback.js";
import { TestClient } from "./client.js";
import { serve } from "./harness.js";

interface BoardsOfJob {
  readonly boards: readonly [number, number, number][];
  readonly machine_name: string;
}

const VERSION = '{"command":"version"}';
const CREATE = '{"command":"create_job","kwargs":{"owner":"me"}}';

describe("answers", () => {
  test("come in the order of the requests, also behind one that takes its time", async () => {
    const { connect, engine } = await serve();
    engine.attemptsAlone = false;
    const [slow, other] = [await connect(), await connect()];
    for (let i = 0; i < 3; i++) slow.send(`${CREATE}\n${VERSION}`);
    expect(await other.call("version")).toBe("1.0.0");
    expect(slow.unread).toEqual([]);
    for (let id = 1; id <= 3; id++) {
      // Each attempt is over only when the test says so; what follows on that connection waits.
      engine.finishAttempts();
      expect(await slow.next()).toEqual({ return: id });
      expect(await slow.next()).toEqual({ return: "1.0.0" });
    }
  });

  test("wait for their commit, and those behind them; others are answered", async () => {
    const { connect, engine } = await serve();
    engine.commitsAlone = false;
    const [waiting, other] = [await connect(), await connect()];
    waiting.send(`${CREATE}\n${VERSION}`);
    // The other connection's answers show that the job has long been created.
    while (engine.currentMark() === 0) await other.call("version");
    expect(await other.call("version")).toBe("1.0.0");
    expect(waiting.unread).toEqual([]);
    engine.commit();
    expect(await waiting.next()).toEqual({ return: 1 });
    expect(await waiting.next()).toEqual({ return: "1.0.0" });
  });

  test("to what reads an uncommitted state wait as well", async () => {
    const { connect, engine } = await serve();
    engine.commitsAlone = false;
    const [creator, reader, other] = [await connect(), await connect(), await connect()];
    creator.send(CREATE);
    while (engine.currentMark() === 0) await other.call("version");
    reader.request("get_job_state", [1]);
    reader.request("list_jobs");
    while (engine.touches.length === 0) await other.call("version");
    await other.call("version");
    expect(reader.unread).toEqual([]);
    engine.commit();
    expect(await reader.next()).toMatchObject({ return: { state: 2 } });
    expect(await reader.next()).toMatchObject({ return: [{ job_id: 1 }] });
  });

  test("to where_is wait only for what it says of the job that has the board", async () => {
    const { connect, engine } = await serve();
    const [creator, reader, other] = [await connect(), await connect(), await connect()];
    expect(await creator.call("create_job", [], { owner: "me" })).toBe(1);
    const info = (await creator.call("get_job_machine_info", [1])) as BoardsOfJob;
    const [x, y, z] = info.boards[0]!;
    const machine = info.machine_name;
    engine.commitsAlone = false;
    const before = engine.currentMark();
    creator.send(CREATE);
    while (engine.currentMark() === before) await other.call("version");
    expect(await reader.call("where_is", [], { machine, x, y, z })).toMatchObject({ job_id: 1 });
    reader.request("where_is", [], { job_id: 2, chip_x: 0, chip_y: 0 });
    await other.call("version");
    await other.call("version");
    expect(reader.unread).toEqual([]);
    engine.commit();
    expect(await reader.next()).toMatchObject({ return: { job_id: 2 } });
  });

  test("are the same however the bytes of the requests are cut", async () => {
    const { connect } = await serve();
    const lines = [
      VERSION,
      "",
      '{"command":"get_job_state","args":["é中😀"]}',
      VERSION,
      '{"command":"list_jobs"}\r',
    ];
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: bytes.length }), { maxLength: 6 }),
        async (places) => {
          const client = await connect();
          client.socket.setNoDelay(true);
          let from = 0;
          for (const to of [...places.sort((a, b) => a - b), bytes.length]) {
            if (to > from) {
              await new Promise((done) => client.socket.write(bytes.subarray(from, to), done));
            }
            from = Math.max(from, to);
          }
          expect(await client.next()).toEqual({ return: "1.0.0" });
          expect(await client.next()).toMatchObject({ return: { state: 0 } });
          expect(await client.next()).toEqual({ return: "1.0.0" });
          expect(await client.next()).toEqual({ return: [] });
          client.close();
        },
      ),
      { numRuns: 30 },
    );
  });

  test("to pipelined requests go out together", async () => {
    const client = await (await serve()).connect();
    const count = 5000;
    client.socket.write(`${VERSION}\n`.repeat(count));
    for (let i = 0; i < count; i++) expect(await client.line()).toBe('{"return":"1.0.0"}');
  });
});

describe("the end of a connection", () => {
  test("a half-closed client gets its answers, then the end", async () => {
    const { connect, engine } = await serve();
    engine.attemptsAlone = false;
    const client = await connect();
    client.socket.end(`${CREATE}\n${VERSION}\n`);
    const other = await connect();
    await other.call("version");
    engine.finishAttempts();
    expect(await client.next()).toEqual({ return: 1 });
    expect(await client.next()).toEqual({ return: "1.0.0" });
    expect(await client.line()).toBeNull();
  });

  test("an unfinished line is no request", async () => {
    const client = await (await serve()).connect();
    client.socket.end(VERSION);
    expect(await client.line()).toBeNull();
  });

  test("what came before a fault is answered, what comes after is not", async () => {
    const { connect, log } = await serve();
    const client = await connect();
    client.send(`${VERSION}\n${CREATE}\nbad\n${VERSION}`);
    expect(await client.next()).toEqual({ return: "1.0.0" });
    expect(await client.next()).toEqual({ return: 1 });
    expect(await client.line()).toBeNull();
    expect(log).toContainEqual({
      level: "info",
      message: "client disconnected",
      fields: { client: "127.0.0.1", reason: expect.stringContaining("not JSON") },
    });
  });

  test.each([
    ['{"command":"nonsense"}', /no command "nonsense"/],
    ['{"command":"__proto__"}', /no command/],
    ['{"command":"version","args":{}}', /args/],
  ])("%s disconnects, with the reason in the log", async (line, reason) => {
    const { connect, log } = await serve();
    const client = await connect();
    client.send(line);
    expect(await client.line()).toBeNull();
    expect(log.at(-1)?.fields).toMatchObject({ reason: expect.stringMatching(reason) });
  });

  test("requests whose sender is gone before its answers can be written harm nobody", async () => {
    const { connect, server, engine } = await serve();
    const other = await connect();
    engine.attemptsAlone = false;
    for (let i = 0; i < 50; i++) {
      const client = await connect();
      await new Promise((done) =>
        client.socket.write(`${VERSION}\n{"command":"list_jobs"}\n${CREATE}\n`, done),
      );
      if (i % 2 === 0) client.socket.resetAndDestroy();
      else client.socket.destroy();
    }
    while (server.connectionCount > 1) {
      engine.finishAttempts();
      await other.call("version");
    }
    expect(await other.call("version")).toBe("1.0.0");
  });

  test("garbage on one connection, and another is served right", async () => {
    const { connect } = await serve();
    const honest = await connect();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map(Buffer.from)), {
          maxLength: 10,
        }),
        async (pieces) => {
          const client = await connect();
          for (const piece of pieces) client.socket.write(piece);
          client.socket.end("\n");
          expect(await honest.call("version")).toBe("1.0.0");
          await client.untilClosed();
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("limits", () => {
  test("a line that is too long ends its client before it is over; nobody else notices", async () => {
    const { connect, log } = await serve();
    const [flood, other] = [await connect(), await connect()];
    flood.socket.write("x".repeat(5_000_000));
    await flood.untilClosed();
    expect(await other.call("version")).toBe("1.0.0");
    expect(log.map(({ fields }) => fields)).toContainEqual({
      client: "127.0.0.1",
      reason: "line longer than 262144 bytes (clientLimits.lineBytes)",
    });
  });

  test("a client that does not read what it asks for is disconnected; nobody else notices", async () => {
    const { connect, log, server } = await serve({ unsentBytes: 100_000 });
    const [deaf, other] = [await connect(), await connect()];
    deaf.socket.pause();
    deaf.socket.on("error", () => undefined);
    const requests = '{"command":"list_machines"}\n'.repeat(5000);
    for (let i = 0; i < 200 && server.connectionCount === 2; i++) {
      deaf.socket.write(requests);
      expect(await other.call("version")).toBe("1.0.0");
    }
    while (server.connectionCount === 2) await other.call("version");
    expect(log).toContainEqual({
      level: "warn",
      message: "client disconnected",
      fields: {
        client: "127.0.0.1",
        reason: expect.stringMatching(
          /^it has not read \d+ bytes; .* \(clientLimits\.unsentBytes\)$/,
        ),
      },
    });
  });

  test("a client that asks faster than it is served is not read meanwhile, and loses nothing", async () => {
    const { connect, engine } = await serve({ pipelinedRequests: 4 });
    engine.attemptsAlone = false;
    const client = await connect();
    const count = 2000;
    client.socket.write(`${CREATE}\n${`${VERSION}\n`.repeat(count)}`);
    const other = await connect();
    await other.call("version");
    engine.finishAttempts();
    expect(await client.next()).toEqual({ return: 1 });
    for (let i = 0; i < count; i++) expect(await client.line()).toBe('{"return":"1.0.0"}');
  });

  test("a busy client does not keep others from being served", async () => {
    const { connect } = await serve({ sliceMs: 0.01 });
    const [busy, other] = [await connect(), await connect()];
    const count = 20_000;
    busy.socket.write(`${VERSION}\n`.repeat(count));
    expect(await other.call("version")).toBe("1.0.0");
    for (let i = 0; i < count; i++) expect(await busy.line()).toBe('{"return":"1.0.0"}');
  });

  test("of many that do not read, those that take most go when all of them take too much", async () => {
    const { connect, log, server } = await serve({ totalBufferedBytes: 1_000_000 });
    const honest = await connect();
    const deaf = [];
    for (let i = 0; i < 5; i++) deaf.push(await connect());
    for (const { socket } of deaf) {
      socket.pause();
      socket.on("error", () => undefined);
    }
    // More than the system buffers for one connection, and less than unsentBytes.
    const requests = '{"command":"list_machines"}\n'.repeat(60_000);
    for (const { socket } of deaf) socket.write(requests);
    while (server.connectionCount > 2) {
      expect(await honest.call("version")).toBe("1.0.0");
    }
    expect(log).toContainEqual({
      level: "warn",
      message: "client disconnected",
      fields: {
        client: "127.0.0.1",
        reason: expect.stringContaining("(clientLimits.totalBufferedBytes)"),
      },
    });
  });

  test("lines that wait behind a slow one are not read beyond the length of one", async () => {
    const { connect, engine, log } = await serve({ lineBytes: 65_536 });
    engine.attemptsAlone = false;
    const client = await connect();
    const padded = `{"command":"version","padding":"${"x".repeat(60_000)}"}\n`;
    const count = 200;
    client.socket.write(`${CREATE}\n${padded.repeat(count)}`);
    const other = await connect();
    const paused = () => log.filter(({ message }) => message.includes("reading pauses until"));
    while (paused().length === 0) await other.call("version");
    engine.finishAttempts();
    expect(await client.next()).toEqual({ return: 1 });
    for (let i = 0; i < count; i++) expect(await client.line()).toBe('{"return":"1.0.0"}');
    expect(paused()).toHaveLength(1);
  });

  test("limits of a reload hold for those who are connected as well", async () => {
    const { connect, server } = await serve();
    const client = await connect();
    expect(await client.call("version")).toBe("1.0.0");
    server.limit({ ...DEFAULT_LIMITS, lineBytes: 100, connections: 1 });
    const refused = await TestClient.open(server.address.port);
    expect(await refused.line()).toBeNull();
    client.send("x".repeat(101));
    expect(await client.line()).toBeNull();
  });

  test("connections beyond the limit are refused, and the log says so", async () => {
    const { connect, log, server } = await serve({ connections: 1 });
    const first = await connect();
    const second = await TestClient.open(server.address.port);
    expect(await second.line()).toBeNull();
    expect(await first.call("version")).toBe("1.0.0");
    expect(log.some(({ message }) => message.includes("too many connections"))).toBe(true);
  });

  test("a thousand clients at once are all answered", async () => {
    const { server } = await serve();
    const clients = await Promise.all(
      Array.from({ length: 1000 }, () => TestClient.open(server.address.port)),
    );
    expect(await Promise.all(clients.map((client) => client.call("version")))).toEqual(
      new Array(1000).fill("1.0.0"),
    );
    for (const client of clients) client.close();
  });
});

describe("the listening socket", () => {
  test("moves to another address, and its clients are disconnected", async () => {
    const { connect, server } = await serve();
    const client = await connect();
    await client.call("version");
    const elsewhere = `${await ownNetwork()}.0.2`;
    await server.rebind(elsewhere);
    await client.untilClosed();
    const moved = await TestClient.open(server.address.port, elsewhere);
    expect(await moved.call("version")).toBe("1.0.0");
    await expect(TestClient.open(server.address.port, "127.0.0.1")).rejects.toThrow();
    await server.rebind("");
    await moved.untilClosed();
    const anywhere = await TestClient.open(server.address.port, "127.0.0.1");
    expect(await anywhere.call("create_job", [], { owner: "me" })).toBe(1);
    expect(await anywhere.call("get_job_state", [1])).toMatchObject({ keepalivehost: "127.0.0.1" });
    await server.rebind("127.0.0.1");
    await anywhere.untilClosed();
  });

  test("stays where it is when it cannot move", async () => {
    const { connect, server } = await serve();
    const client = await connect();
    await client.call("version");
    await expect(server.rebind("192.0.2.1")).rejects.toThrow(/EADDRNOTAVAIL/);
    expect(await client.call("version")).toBe("1.0.0");
    expect(await (await connect()).call("version")).toBe("1.0.0");
  });

  test("closes with all its clients", async () => {
    const { connect, server } = await serve();
    const client = await connect();
    await client.call("version");
    server.close();
    await client.untilClosed();
    await expect(connect()).rejects.toThrow();
  });
});
