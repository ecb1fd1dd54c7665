/** The client against the protocol's own server on a fake engine, and against strangers. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type Client,
  connect,
  Job,
  JobEndedError,
  JobState,
  NoServerError,
  RefusedError,
  stateName,
} from "../../src/client/index.js";
import { LineReader } from "../../src/client/line-reader.js";
import { JobState as EngineJobState } from "../../src/engine/contract/api.js";
import { serve } from "../protocol/harness.js";

async function clientOf(port: number): Promise<Client> {
  const client = await connect("127.0.0.1", port);
  onTestFinished(() => client.close());
  return client;
}

async function served() {
  const harness = await serve();
  return { ...harness, client: await clientOf(harness.server.address.port) };
}

/** A server that does with each connection what it is told. */
async function stranger(serveOne: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    serveOne(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was bound");
  return address.port;
}

describe("calls", () => {
  it("are answered in their order, however many are under way", async () => {
    const { client } = await served();
    const ids = Array.from({ length: 20 }, () => client.call("create_job", [], { owner: "me" }));
    expect(await Promise.all(ids)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it("that are refused say why and disturb no others", async () => {
    const { client } = await served();
    const refused = client.call("create_job", [1.5], { owner: "me" });
    const version = client.call("version");
    await expect(refused).rejects.toThrow(RefusedError);
    await expect(refused).rejects.toThrow("create_job takes whole numbers");
    expect(await version).toBe("1.0.0");
  });

  it("take and bring text that holds what ends lines elsewhere", async () => {
    const { client } = await served();
    const owner = "a\u2028b\u2029c\u0085d\r\ne";
    await client.call("create_job", [], { owner });
    expect(await client.call("list_jobs")).toMatchObject([{ owner }]);
  });

  it("fail when the connection is over, those made later too", async () => {
    const { client, server } = await served();
    server.close();
    const early = client.call("version");
    await client.closed;
    await expect(early).rejects.toThrow(NoServerError);
    await expect(client.call("version")).rejects.toThrow("closed the connection");
  });

  it("fail when the client itself was closed", async () => {
    const { client } = await served();
    const call = client.call("version");
    client.close();
    await expect(call).rejects.toThrow("was closed by this client");
    await client.closed;
  });
});

describe("a stranger", () => {
  it("that is not there, or goes at once, is no server", async () => {
    await expect(connect("127.0.0.1", 1)).rejects.toThrow(
      "no server answers at 127.0.0.1, port 1 (ECONNREFUSED)",
    );
    const client = await clientOf(await stranger((socket) => socket.destroy()));
    await expect(client.call("version")).rejects.toThrow(NoServerError);
  });

  it.each(["HTTP/1.1 400 Bad Request", "{}", "null", '"return"'])(
    "that sends %j is said to be no spalloc-server",
    async (line) => {
      const client = await clientOf(await stranger((socket) => socket.write(`${line}\n`)));
      await expect(client.call("version")).rejects.toThrow("is not a spalloc-server: it sent");
    },
  );

  it("that answers what nobody asked is one, too", async () => {
    const client = await clientOf(await stranger((socket) => socket.write('{"return":1}\n')));
    await client.closed;
    await expect(client.call("version")).rejects.toThrow("is not a spalloc-server");
  });
});

describe("changes", () => {
  it("are collected and merged until somebody asks", async () => {
    const { client, engine } = await served();
    const changes = client.changes();
    await client.call("notify_job");
    await client.call("notify_machine");
    for (let i = 0; i < 2; i++) await client.call("create_job", [], { owner: "me" });
    await client.call("version");
    expect(await changes.next()).toEqual({ jobs: new Set([1, 2]), machines: new Set(["m"]) });
    const next = changes.next();
    expect(changes.next()).toBe(next);
    engine.makeReady(2);
    expect(await next).toEqual({ jobs: new Set([2]), machines: new Set() });
  });

  it("end with the connection, for those who wait and those who come later", async () => {
    const { client, server } = await served();
    const changes = client.changes();
    const next = changes.next();
    server.close();
    await expect(next).rejects.toThrow(NoServerError);
    await expect(changes.next()).rejects.toThrow(NoServerError);
    await expect(client.changes().next()).rejects.toThrow(NoServerError);
  });
});

describe("a job", () => {
  it("is watched until it is ready, and destroyed", async () => {
    const { client, engine } = await served();
    const job = await Job.create(client, { owner: "me", size: [1] });
    const seen: string[] = [];
    const ready = job.untilReady(({ state }) => {
      seen.push(stateName(state));
      if (state === JobState.power) engine.makeReady(job.id);
    });
    await ready;
    expect(seen).toEqual(["power", "ready"]);
    expect((await job.boards())?.machine_name).toBe("m");
    await job.destroy("done");
    expect(await job.state()).toMatchObject({ state: JobState.destroyed, reason: "done" });
    expect(await job.boards()).toBeNull();
    await expect(job.untilReady()).rejects.toEqual(new JobEndedError(job.id, "done"));
  });

  it("renews its keepalive until it is left", async () => {
    const { client, engine } = await served();
    const job = await Job.create(client, { owner: "me", size: [], keepaliveS: 0.03 });
    while (engine.touches.length < 3) await client.call("version");
    job.leave();
    await client.call("version");
    engine.touches.length = 0;
    await new Promise((resolve) => setTimeout(resolve, 50));
    await client.call("version");
    expect(engine.touches).toEqual([]);
  });
});

it("states have the numbers that the engine gives them", () => {
  expect(JobState).toEqual(EngineJobState);
});

it("lines come out as they went in, wherever they are cut", () => {
  const line = fc.string({ unit: fc.constantFrom("a", "\r", "\u2028", "ä", " ") });
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(20)), (lines, cuts) => {
      const received: string[] = [];
      const reader = new LineReader((each) => received.push(each));
      let rest = lines.map((each) => `${each}\n`).join("");
      for (const cut of cuts) {
        reader.read(rest.slice(0, cut));
        rest = rest.slice(cut);
      }
      reader.read(rest);
      expect(received).toEqual(lines);
    }),
  );
});
