/** Clients that do not read, ask for much, or are many, against the server as a process. */
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { openFilesLimit } from "../../src/protocol/connection/open-files.js";
import { TestClient } from "../protocol/client.js";
import { ownNetwork } from "../support/loopback.js";
import { RunningProgram } from "../support/program.js";
import { configurationText, machineText, RunningServer } from "../support/running-server.js";
import { type Client, READY } from "./client.js";

const NETWORK = await ownNetwork();

const MIB = 1024 * 1024;
/** How long the watcher reads nothing; a minute with `SILENT_SECONDS=60 npx vitest run …`. */
const SILENT_SECONDS = Number(process.env["SILENT_SECONDS"] ?? 1);
const PIPELINED = 100_000;
const JOBS = 1000;
/** Answers of the two that do not read, in the server or on their way. */
const MOST_GROWTH_MIB = 200;

const machine = machineText("m", { width: 4, height: 4, baseIp: `${NETWORK}.1.0` });

let running: RunningServer;

afterEach(() => running.end());

async function start(fields = ""): Promise<Client> {
  running = await RunningServer.start({ configuration: configurationText([machine], fields) });
  return running.client();
}

async function comeAndGo(client: Client, jobs: number): Promise<number[]> {
  const ids: number[] = [];
  for (let i = 0; i < jobs; i++) {
    const id = await client.create([1]);
    await client.call("destroy_job", [id]);
    ids.push(id);
  }
  return ids;
}

describe("a client that does not read for long", () => {
  it("has every id when it reads again, and every answer in order", async () => {
    const honest = await start();
    const infos: unknown[] = [];
    const requests: string[] = [];
    for (const boards of [3, 6, 12]) {
      const id = await honest.create([boards]);
      await honest.reaches(id, READY);
      infos.push(await honest.info(id));
      requests.push(`{"command":"get_job_machine_info","args":[${id}]}\n`);
    }
    const silent = await TestClient.open(running.port);
    const plain = await TestClient.open(running.port);
    await silent.call("notify_job");
    await plain.call("notify_job");
    const before = running.server.residentBytes / MIB;
    for (const { socket } of [silent, plain]) socket.pause();
    const lines = Array.from({ length: PIPELINED }, (_, i) => requests[i % requests.length]!);
    silent.socket.write(lines.join(""));

    const startedAt = performance.now();
    const ids = await comeAndGo(honest, JOBS);
    let most = running.server.residentBytes / MIB;
    while (performance.now() - startedAt < SILENT_SECONDS * 1000) {
      await honest.call("version");
      most = Math.max(most, running.server.residentBytes / MIB);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(most - before).toBeLessThan(MOST_GROWTH_MIB);

    for (const { socket } of [silent, plain]) socket.resume();
    expect(await readAll(plain, ids)).toEqual({ answers: 0, outOfOrder: 0 });
    const texts = infos.map((info) => JSON.stringify({ return: info }));
    expect(await readAll(silent, ids, texts)).toEqual({ answers: PIPELINED, outOfOrder: 0 });
    silent.close();
    plain.close();
  });
});

/** Reads until every job was notified and every answer came. */
async function readAll(client: TestClient, jobs: readonly number[], texts: string[] = []) {
  const missing = new Set(jobs);
  let answers = 0;
  let outOfOrder = 0;
  while (missing.size > 0 || (texts.length > 0 && answers < PIPELINED)) {
    const line = await client.line();
    if (line === null) throw new Error(`closed: ${missing.size} ids missing, ${answers} answers`);
    if (line.startsWith('{"jobs_changed"')) {
      for (const id of (JSON.parse(line) as { jobs_changed: number[] }).jobs_changed) {
        missing.delete(id);
      }
    } else if (line !== texts[answers++ % texts.length]) outOfOrder++;
  }
  return { answers, outOfOrder };
}

describe("many clients", () => {
  it("10,000, of whom 200 are busy, are all served", async () => {
    await start();
    // This process has as many sockets as the server; there are systems that allow fewer.
    const count = Math.min(10_000, (openFilesLimit() ?? 10_000) - 1000);
    const before = running.server.residentBytes;
    const clients: TestClient[] = [];
    while (clients.length < count) {
      const some = Array.from({ length: Math.min(500, count - clients.length) }, () =>
        TestClient.open(running.port),
      );
      clients.push(...(await Promise.all(some)));
    }
    const busy = clients.slice(0, 200).map(async (client) => {
      for (let i = 0; i < 50; i++) expect(await client.call("version")).toBe("1.0.0");
    });
    await Promise.all(busy);
    const perClient = (running.server.residentBytes - before) / count;
    const versions = await Promise.all(clients.map((client) => client.call("version")));
    expect(versions.filter((version) => version === "1.0.0")).toHaveLength(count);
    expect(perClient).toBeLessThan(20 * 1024);
    for (const client of clients) client.close();
  });

  it("more than the system lets it have: the log says so, and it goes on", async () => {
    await start();
    running.server.signal("SIGTERM");
    await running.server.ended();
    const port = ["--port", String(running.port), running.configFile];
    running.server = new RunningProgram("spalloc-server", port, { openFiles: 400 });
    await running.server.printed("serving on");
    expect(running.server.output).toContain("only 200 clients can be connected at once");
    const clients = await Promise.all(
      Array.from({ length: 300 }, () => TestClient.open(running.port)),
    );
    await running.server.printed("client refused: too many connections");
    const answered: TestClient[] = [];
    for (const client of clients) {
      client.request("version");
      if ((await client.line()) !== null) answered.push(client);
    }
    expect(answered).toHaveLength(200);
    for (const client of clients) client.close();
    // Those that went make room for others, and there are files left for the state and the BMPs.
    let next = await TestClient.open(running.port);
    next.request("version");
    while ((await next.line()) === null) {
      next = await TestClient.open(running.port);
      next.request("version");
    }
    const honest = await running.client();
    await honest.reaches(await honest.create([48]), READY);
    next.close();
  });

  it("are asked by TCP whether they are still there, after as long as is configured", async () => {
    const client = await start("clientLimits: { secondsBeforeTcpKeepalive: 30 },");
    await client.call("version");
    const port = running.port.toString(16).toUpperCase().padStart(4, "0");
    const [timer, hundredths] = keepaliveTimer(`0100007F:${port}`);
    expect(timer).toBe("02");
    expect(hundredths).toBeGreaterThan(0);
    expect(hundredths).toBeLessThanOrEqual(3000);
  });
});

/** Which timer runs for the connection at that local address, and how long still, as Linux tells. */
function keepaliveTimer(local: string): [timer: string, hundredths: number] {
  const established = "01";
  for (const line of readFileSync("/proc/net/tcp", "utf8").split("\n")) {
    const [, address, , state, , timer] = line.trim().split(/\s+/);
    if (address !== local || state !== established || timer === undefined) continue;
    const [kind, when] = timer.split(":");
    return [kind!, Number.parseInt(when!, 16)];
  }
  throw new Error(`no connection at ${local}`);
}
