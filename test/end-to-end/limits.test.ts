/**
 * A server with 256 MiB of heap under all of its limits at once, each of them reached by several hosts: it
 * says what it refuses, stays within the memory it says it needs, and goes on serving the honest.
 */
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { STANDARD_CLIENT_LIMITS } from "../../src/config/client-limits.js";
import { memoryNeeded } from "../../src/config/memory-needed.js";
import { openFilesLimit } from "../../src/protocol/connection/open-files.js";
import { freePort, ownNetwork } from "../support/loopback.js";
import { RunningProgram } from "../support/program.js";
import { configurationText, machineText, RunningServer } from "../support/running-server.js";

const LIMITS = STANDARD_CLIENT_LIMITS;
const HEAP = ["--max-old-space-size=256"];

/** One connection of a host; its lines are counted, and those that matter kept. */
class Peer {
  answers = 0;
  exceptions = new Set<string>();
  isClosed = false;
  lastLine = "";
  private chunks: string[] = [];
  private wake: () => void = () => undefined;

  private constructor(readonly socket: Socket) {
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      // A long list comes in many chunks.
      this.chunks.push(chunk);
      if (!chunk.includes("\n")) return;
      const lines = this.chunks.join("").split("\n");
      this.chunks = [lines.pop()!];
      this.answers += lines.length;
      this.lastLine = lines.at(-1) ?? this.lastLine;
      for (const line of lines) if (line.startsWith('{"exception"')) this.exceptions.add(line);
      this.wake();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.isClosed = true;
      this.wake();
    });
  }

  static open(port: number, localAddress: string): Promise<Peer> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", localAddress }, () => {
        socket.off("error", reject);
        resolve(new Peer(socket));
      });
      socket.once("error", reject);
    });
  }

  async until(answers: number): Promise<void> {
    while (this.answers < answers && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async ask(
    command: string,
    kwargs: object = {},
  ): Promise<{ return?: unknown; exception?: string }> {
    const next = this.answers + 1;
    this.socket.write(`${JSON.stringify({ command, kwargs })}\n`);
    await this.until(next);
    if (this.isClosed) throw new Error("the server closed the connection");
    return JSON.parse(this.lastLine);
  }

  /** Sends so many requests, a thousand at a time, and waits for their answers. */
  async askOften(count: number, requestOf: (index: number) => object): Promise<void> {
    for (let from = 0; from < count; from += 1000) {
      const to = Math.min(count, from + 1000);
      const before = this.answers;
      let lines = "";
      for (let i = from; i < to; i++) lines += `${JSON.stringify(requestOf(i))}\n`;
      this.socket.write(lines);
      await this.until(before + to - from);
    }
  }
}

let running: RunningServer;
const peers: Peer[] = [];

afterEach(async () => {
  for (const { socket } of peers) socket.destroy();
  peers.length = 0;
  await running.end();
});

test("a server with 256 MiB of heap holds as much as its limits allow, and serves the honest", async () => {
  const network = await ownNetwork();
  const hosts = [1, 2, 3, 4].map((number) => `${network}.1.${number}`);
  const [first, second, third, fourth] = hosts as [string, string, string, string];
  const machine = machineText("m", { baseIp: `${network}.2.0`, width: 2, height: 2 });
  // Else what is left is kept for others, and no few hosts reach the limits.
  const forAnyHost =
    `clientLimits: { jobsPerHost: ${LIMITS.totalJobs}, jobBytesPerHost: ${LIMITS.totalJobBytes}, ` +
    `watchesPerHost: ${LIMITS.totalWatches} },`;
  running = await RunningServer.start({ configuration: configurationText([machine], forAnyHost) });
  running.server.signal("SIGTERM");
  await running.server.ended();
  running.port = await freePort();
  const args = ["--port", String(running.port), running.configFile];
  const startServer = async () => {
    running.server = new RunningProgram("spalloc-server", args, { nodeOptions: HEAP });
    await running.server.printed("serving on");
  };
  await startServer();
  expect(running.server.output).toContain("under all its limits the server needs at most");
  expect(running.server.output).not.toContain("max-old-space-size");
  const open = async (host: string) => {
    const peer = await Peer.open(running.port, host);
    peers.push(peer);
    return peer;
  };
  const honest = await open(`${network}.1.9`);
  const isServed = async () =>
    expect(await honest.ask("version")).toEqual({ return: expect.any(String) });

  // Jobs in number and bytes.
  const perConnection = LIMITS.totalJobs / 16;
  const owner = "o".repeat(360);
  const create = { command: "create_job", kwargs: { owner, keepalive: null, machine: "m" } };
  await Promise.all(
    [first, second].flatMap((host) =>
      Array.from({ length: 8 }, async () => {
        const peer = await open(host);
        await peer.askOften(perConnection, () => create);
        expect(peer.exceptions.size).toBe(0);
      }),
    ),
  );
  const oneMore = await (await open(first)).ask("create_job", { owner: "me" });
  expect(oneMore.exception).toContain("clientLimits.totalJobs");
  const ofAnother = await (await open(third)).ask("create_job", { owner: "me" });
  expect(ofAnother.exception).toContain("clientLimits.totalJobs");
  await isServed();

  // Watches by names.
  const name = "中".repeat(26);
  await Promise.all(
    [first, second].map(async (host) => {
      const peer = await open(host);
      const watch = (index: number) => ({
        command: "notify_machine",
        args: [name + String(index).padStart(6, "0")],
      });
      await peer.askOften(LIMITS.totalWatches / 2, watch);
      expect(peer.exceptions.size).toBe(0);
    }),
  );
  const watchBeyond = await (await open(third)).ask("notify_job", { job_id: 1 });
  expect(watchBeyond.exception).toContain("clientLimits.totalWatches");
  await isServed();

  // Connections, as far as the system lets this process have them.
  const connections = Math.min(3000, (openFilesLimit() ?? 3000) - 1000);
  for (let opened = 0; opened < connections; opened += 500) {
    await Promise.all(
      Array.from({ length: 500 }, async (_, at) =>
        (await open(hosts[at % 4]!)).socket.write('{"command":"version"}\n'),
      ),
    );
  }
  await isServed();

  // Lines without an end.
  const half = Buffer.alloc(LIMITS.lineBytes - 1, "x");
  const ofEach = Math.ceil((1.5 * LIMITS.bufferedBytesPerHost) / LIMITS.lineBytes);
  const unfinished = await Promise.all(
    [third, fourth].flatMap((host) => Array.from({ length: ofEach }, () => open(host))),
  );
  for (const { socket } of unfinished) socket.write(half);
  await running.server.printed("(clientLimits.bufferedBytesPerHost)");
  await isServed();

  // Lists that nobody reads, each of another moment.
  const changing = await open(first);
  for (let i = 0; i < 24; i++) {
    const deaf = await open(third);
    deaf.socket.pause();
    deaf.socket.write('{"command":"list_jobs"}\n');
    const jobs = Array.from({ length: 10 }, (_, at) => 100 + 17 * (10 * i + at));
    await changing.askOften(20, (index) =>
      index % 2 === 0 ? { command: "destroy_job", args: [jobs[index / 2]] } : create,
    );
    if (i % 10 === 0) await isServed();
  }

  // Whoever is honest is answered, and told what is refused and why.
  const list = (await honest.ask("list_jobs")).return as { job_id: number }[];
  expect(list.length).toBeGreaterThan(LIMITS.totalJobs - 300);
  await isServed();
  const configuration = { machines: [], maxRetiredJobs: 1200, clientLimits: LIMITS };
  expect(running.server.residentBytes).toBeLessThan(memoryNeeded(configuration).totalBytes);

  // What was held for them goes with them, and what they created is taken up again.
  for (const peer of peers) if (peer !== honest) peer.socket.destroy();
  await honest.ask("destroy_job", { job_id: list[0]!.job_id });
  const created = await honest.ask("create_job", { owner: "me", machine: "m" });
  expect(created).toEqual({ return: expect.any(Number) });
  running.server.signal("SIGTERM");
  expect(await running.server.ended()).toMatchObject({ code: 0 });
  await startServer();
  const after = await open(`${network}.1.9`);
  expect((await after.ask("list_jobs")).return).toHaveLength(list.length);
}, 300_000);
