/** The thread is shared out among hosts, not among connections. */
import { expect, test } from "vitest";
import { ownNetwork } from "../support/loopback.js";
import type { TestClient } from "./client.js";
import { serve } from "./harness.js";

const STATE = '{"command":"get_job_state","args":[1]}\n';
const CONNECTIONS = 600;

/** A server for which each request about a job takes a tenth of a millisecond. */
async function served() {
  let ms = 0;
  const server = await serve({}, { now: () => ms });
  const { engine } = server;
  const touch = engine.touch.bind(engine);
  engine.touch = (jobId, actor) => {
    ms += 0.1;
    touch(jobId, actor);
  };
  return server;
}

async function crowdOf(connect: (from: string) => Promise<TestClient>, host: string) {
  const crowd: TestClient[] = [];
  for (let i = 0; i < CONNECTIONS; i++) crowd.push(await connect(host));
  for (const client of crowd) expect(await client.call("version")).toBe("1.0.0");
  return crowd;
}

test("a request waits for a bounded number of another host's, however many connections that has", async () => {
  const network = await ownNetwork();
  const { connect, engine } = await served();
  const crowd = await crowdOf(connect, `${network}.1.1`);
  const patient = await connect(`${network}.1.2`);
  expect(await patient.call("version")).toBe("1.0.0");
  for (let round = 0; round < 5; round++) {
    for (const { socket } of crowd) socket.write(STATE.repeat(10));
    const before = engine.touches.length;
    expect(await patient.call("version")).toBe("1.0.0");
    // Each connection of the crowd has sent ten: served as they are read, these were all before.
    expect(engine.touches.length - before).toBeLessThan(CONNECTIONS / 2);
    for (const client of crowd) for (let i = 0; i < 10; i++) await client.line();
  }
});

test("what waits because its host had its share is served whole, in order, to the end of a connection", async () => {
  const network = await ownNetwork();
  const { connect, engine } = await served();
  const crowd = await crowdOf(connect, `${network}.1.1`);
  await connect(`${network}.1.2`);
  const before = engine.touches.length;
  const request = (id: number) =>
    `{"command":"where_is","kwargs":{"machine":"m","x":${id},"y":0,"z":0}}\n`;
  for (const { socket } of crowd) socket.end(STATE.repeat(3) + request(0) + request(1) + STATE);
  for (const client of crowd) {
    const answers: Record<string, unknown>[] = [];
    for (let line = await client.line(); line !== null; line = await client.line()) {
      answers.push(JSON.parse(line));
    }
    expect(answers.map((answer) => Object.keys(answer)[0])).toEqual(new Array(6).fill("return"));
    expect(answers.slice(3, 5)).toMatchObject([
      { return: { logical: [0, 0, 0] } },
      { return: { logical: [1, 0, 0] } },
    ]);
  }
  expect(engine.touches.length - before).toBe(4 * CONNECTIONS);
});

test("a host that is alone is served as it sends", async () => {
  const network = await ownNetwork();
  const { connect, engine } = await served();
  const crowd = await crowdOf(connect, `${network}.1.1`);
  const before = engine.touches.length;
  for (const { socket } of crowd) socket.write(STATE);
  const last = crowd.at(-1)!;
  expect(await last.call("version")).not.toBe("1.0.0");
  expect(engine.touches.length - before).toBeGreaterThan(CONNECTIONS / 2);
});
