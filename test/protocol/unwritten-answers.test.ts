/** A job whose creator was gone before its answer was written: nobody knows of it, and it ends. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ownNetwork } from "../support/loopback.js";
import type { TestClient } from "./client.js";
import { type Harness, serve } from "./harness.js";

const CREATE = '{"command":"create_job","kwargs":{"owner":"me"}}';
const VERSION = '{"command":"version"}';
const GONE = expect.stringContaining("gone before it could be told the id");

/** How a client goes: in order, or with a reset. */
type Leaving = "closes" | "resets";
const LEAVING: readonly Leaving[] = ["closes", "resets"];

function leave({ socket }: TestClient, how: Leaving): void {
  if (how === "closes") socket.destroy();
  else socket.resetAndDestroy();
}

const MANY = 50_000;

/** Each request is read after what other clients sent before it; what takes many never happens. */
async function until(observer: TestClient, holds: () => boolean): Promise<void> {
  for (let requests = 0; !holds(); requests++) {
    if (requests === MANY) throw new Error("it does not happen");
    await observer.call("version");
  }
}

async function expectAbandoned({ engine }: Harness, observer: TestClient, jobId: number) {
  await until(observer, () => {
    const job = engine.job(jobId);
    return job !== undefined && !("state" in job);
  });
  expect(await observer.call("get_job_state", [jobId])).toMatchObject({ state: 4, reason: GONE });
}

describe("a job whose client is gone", () => {
  test.each(LEAVING)("before its first attempt is over, ends: it %s", async (how) => {
    const server = await serve();
    const { connect, engine } = server;
    engine.attemptsAlone = false;
    const [client, observer] = [await connect(), await connect()];
    client.send(CREATE);
    await until(observer, () => engine.attemptsUnderWay === 1);
    leave(client, how);
    // That the client has gone is heard before these are answered.
    for (let n = 0; n < 20; n++) await observer.call("version");
    engine.finishAttempts();
    await expectAbandoned(server, observer, 1);
  });

  test.each(LEAVING)("before its commit, ends: it %s", async (how) => {
    const server = await serve();
    const { connect, engine } = server;
    engine.commitsAlone = false;
    const [client, observer] = [await connect(), await connect()];
    client.send(CREATE);
    await until(observer, () => engine.job(1) !== undefined);
    leave(client, how);
    for (let n = 0; n < 20; n++) await observer.call("version");
    engine.commit();
    engine.commitsAlone = true;
    await expectAbandoned(server, observer, 1);
  });

  test("and had not read what came before, ends", async () => {
    const server = await serve();
    const [client, observer] = [await server.connect(), await server.connect()];
    client.socket.pause();
    client.socket.on("error", () => undefined);
    // More than the system buffers for one connection.
    client.socket.write(`${'{"command":"list_machines"}\n'.repeat(60_000)}${CREATE}\n`);
    await until(observer, () => server.engine.job(1) !== undefined);
    leave(client, "resets");
    await expectAbandoned(server, observer, 1);
  });

  test("because the server disconnected it, ends", async () => {
    const server = await serve({ unsentBytes: 100_000 });
    const [client, observer] = [await server.connect(), await server.connect()];
    client.socket.pause();
    client.socket.on("error", () => undefined);
    const lists = '{"command":"list_machines"}\n';
    // Beyond what the system buffers the answer to create_job stays in the server.
    client.socket.write(lists.repeat(25_000));
    client.send(CREATE);
    const requests = lists.repeat(5000);
    while (server.server.connectionCount === 2) {
      client.socket.write(requests);
      await observer.call("version");
    }
    const job = server.engine.job(1);
    if (job !== undefined) await expectAbandoned(server, observer, 1);
  });

  test("because the server moved to another address, ends", async () => {
    const server = await serve();
    const { connect, engine } = server;
    engine.attemptsAlone = false;
    const client = await connect();
    client.send(CREATE);
    const first = await connect();
    await until(first, () => engine.attemptsUnderWay === 1);
    const elsewhere = `${await ownNetwork()}.0.3`;
    await server.server.rebind(elsewhere);
    await client.untilClosed();
    engine.finishAttempts();
    await new Promise((resolve) => setImmediate(resolve));
    expect(engine.job(1)).toMatchObject({ reason: { code: "creatorGone" } });
  });

  test("that had other requests under way, ends, and none that was not begun begins", async () => {
    const server = await serve();
    const { connect, engine } = server;
    engine.attemptsAlone = false;
    const [client, observer] = [await connect(), await connect()];
    client.send(`${VERSION}\n${CREATE}\n${CREATE}\n${CREATE}`);
    await until(observer, () => engine.attemptsUnderWay === 1);
    leave(client, "resets");
    await until(observer, () => server.server.connectionCount === 1);
    engine.finishAttempts();
    await expectAbandoned(server, observer, 1);
    expect(engine.job(2)).toBeUndefined();
    expect(engine.attemptsUnderWay).toBe(0);
  });
});

describe("a job whose client is there", () => {
  test("lives, though the client has closed its side and goes on reading", async () => {
    const { connect, engine } = await serve();
    engine.attemptsAlone = false;
    const [client, observer] = [await connect(), await connect()];
    client.socket.end(`${VERSION}\n${CREATE}\n${VERSION}\n`);
    await until(observer, () => engine.attemptsUnderWay === 1);
    for (let n = 0; n < 20; n++) await observer.call("version");
    engine.finishAttempts();
    expect(await client.next()).toEqual({ return: "1.0.0" });
    expect(await client.next()).toEqual({ return: 1 });
    expect(await client.next()).toEqual({ return: "1.0.0" });
    expect(await client.line()).toBeNull();
    expect(engine.job(1)).toMatchObject({ jobId: 1, state: 2 });
  });

  test("lives when the client goes once it knows the id", async () => {
    const { connect, engine, server } = await serve();
    const observer = await connect();
    for (const how of LEAVING) {
      const client = await connect();
      const id = await client.call("create_job", [], { owner: "me" });
      leave(client, how);
      await until(observer, () => server.connectionCount === 1);
      expect(engine.job(Number(id))).toMatchObject({ state: 2 });
    }
  });

  test("whenever clients leave: who lives is known to somebody, or about to be", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ how: fc.constantFrom(...LEAVING), leavesAt: fc.integer({ min: 0, max: 3 }) }),
          { minLength: 1, maxLength: 6 },
        ),
        async (plans) => {
          const server = await serve();
          const { connect, engine } = server;
          engine.attemptsAlone = false;
          engine.commitsAlone = false;
          const observer = await connect();
          const known = new Set<unknown>();
          const clients = [];
          for (const plan of plans) {
            const client = await connect();
            client.socket.on("error", () => undefined);
            client.send(CREATE);
            clients.push({ client, ...plan });
          }
          await until(observer, () => engine.attemptsUnderWay === plans.length);
          for (let stage = 0; stage <= 3; stage++) {
            for (const { client, how, leavesAt } of clients) {
              if (leavesAt === stage) leave(client, how);
            }
            for (let n = 0; n < 10; n++) await observer.call("version");
            if (stage === 0) engine.finishAttempts();
            else if (stage === 1) {
              engine.commit();
              engine.commitsAlone = true;
              for (const { client, leavesAt } of clients) {
                if (leavesAt > 1) known.add((await client.next())["return"]);
              }
            }
          }
          await until(observer, () => server.server.connectionCount === 1);
          const living = [...engine.jobs()].map(({ jobId }) => jobId);
          expect(new Set(living)).toEqual(known);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("the engine hears that the creator of a job is told", () => {
  test("when the answer goes out, not before its commit", async () => {
    const { connect, engine } = await serve();
    engine.commitsAlone = false;
    const [client, observer] = [await connect(), await connect()];
    client.send(CREATE);
    await until(observer, () => engine.job(1) !== undefined);
    for (let n = 0; n < 20; n++) await observer.call("version");
    expect(engine.creatorsTold).toEqual([]);
    engine.commit();
    expect(await client.next()).toEqual({ return: 1 });
    expect(engine.creatorsTold).toEqual([1]);
  });

  test("with the last byte of the answer, where the client has closed its side", async () => {
    const { connect, engine } = await serve();
    engine.attemptsAlone = false;
    const [client, observer] = [await connect(), await connect()];
    client.socket.end(`${CREATE}\n`);
    await until(observer, () => engine.attemptsUnderWay === 1);
    for (let n = 0; n < 20; n++) await observer.call("version");
    let received = "";
    const first = new Promise((resolve) => client.socket.once("data", resolve));
    client.socket.on("data", (chunk) => {
      received += chunk;
    });
    engine.finishAttempts();
    await first;
    // Whether or not the last byte has come by now.
    expect(engine.creatorsTold).toHaveLength(received.endsWith("\n") ? 1 : 0);
    expect(await client.next()).toEqual({ return: 1 });
    expect(engine.creatorsTold).toEqual([1]);
  });

  test("never, where the client is gone before", async () => {
    const server = await serve();
    const { connect, engine } = server;
    engine.attemptsAlone = false;
    const [client, observer] = [await connect(), await connect()];
    client.send(CREATE);
    await until(observer, () => engine.attemptsUnderWay === 1);
    leave(client, "resets");
    for (let n = 0; n < 20; n++) await observer.call("version");
    engine.finishAttempts();
    await expectAbandoned(server, observer, 1);
    expect(engine.creatorsTold).toEqual([]);
  });
});
