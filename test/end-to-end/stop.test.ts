/** How a server ends, and what signals do; also while it starts. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort, ownNetwork } from "../support/loopback.js";
import { RunningProgram } from "../support/program.js";
import { machineText, RunningServer } from "../support/running-server.js";
import { Client, READY } from "./client.js";

const NETWORK = await ownNetwork();
const EMPTY = `export default new Configuration({ ip: "127.0.0.1" });\n`;
/** They would end, or open to a debugger, a process that does nothing about them. */
const WITHOUT_EFFECT = ["SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGIO"] as const;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "spalloc-stop-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

async function appears(path: string): Promise<void> {
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function lastHolder(): Promise<string> {
  const inspect = new RunningProgram("spalloc-server", ["state", "inspect", `${directory}/state`]);
  await inspect.ended();
  return /^server +(.*)$/m.exec(inspect.output)?.[1] ?? inspect.output;
}

/** A start that waits for the file `go`: its configuration does. */
async function startingServer(): Promise<{ server: RunningProgram; go: () => void }> {
  const text = `import { existsSync, writeFileSync } from "node:fs";
    writeFileSync("begun", "");
    while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 10));
    ${EMPTY}`;
  const port = String(await freePort());
  const args = ["--log-format", "json", "--state-dir", `${directory}/state`, "--port", port];
  const server = new RunningProgram("spalloc-server", [...args, file("cfg.ts", text)]);
  await appears(join(directory, "begun"));
  return { server, go: () => writeFileSync(join(directory, "go"), "") };
}

describe("signals while the server starts", () => {
  it("SIGHUP: the configuration is read again after the start", async () => {
    const { server, go } = await startingServer();
    server.signal("SIGHUP");
    await server.printed("SIGHUP during the start");
    go();
    await server.printed("serving on");
    await server.printed("the configuration was reloaded");
    server.signal("SIGTERM");
    expect(await server.ended()).toEqual({ code: 0, signal: null });
  });

  it.each(["SIGTERM", "SIGINT", "SIGQUIT"] as const)(
    "%s: the start is given up",
    async (signal) => {
      const { server } = await startingServer();
      server.signal(signal);
      expect(await server.ended()).toEqual({ code: 0, signal: null });
      expect(server.output).toContain(`${signal} during the start`);
      expect(existsSync(`${directory}/state`)).toBe(false);
    },
  );

  it("others do nothing", async () => {
    const { server, go } = await startingServer();
    for (const signal of WITHOUT_EFFECT) {
      server.signal(signal);
      await server.printed(`${signal}: ignored`);
    }
    go();
    await server.printed("serving on");
    expect(server.output).not.toContain("Debugger");
    server.signal("SIGTERM");
    expect((await server.ended()).code).toBe(0);
  });
});

describe("signals to a server that serves", () => {
  it("stop it in order, or do nothing", async () => {
    const port = await freePort();
    const server = new RunningProgram("spalloc-server", [
      ...["--state-dir", `${directory}/state`, "--port", String(port), file("cfg.ts", EMPTY)],
    ]);
    await server.printed("serving on");
    for (const signal of [...WITHOUT_EFFECT, "SIGPIPE", "SIGWINCH"] as const) server.signal(signal);
    await server.printed("SIGIO: ignored");
    const client = await Client.open(port);
    expect(await client.call("version")).toMatch(/^1\./);
    client.close();
    server.signal("SIGQUIT");
    expect(await server.ended()).toEqual({ code: 0, signal: null });
    expect(await lastHolder()).toBe("none; the last one closed the state properly");
  });
});

describe("a start that fails", () => {
  it("leaves a state that was closed as it is, and says so", async () => {
    const taken = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => taken.listen(port, "127.0.0.1", resolve));
    const args = [
      "--state-dir",
      `${directory}/state`,
      "--port",
      String(port),
      file("cfg.ts", EMPTY),
    ];
    for (const flags of [[], ["--cold-start"]]) {
      const server = new RunningProgram("spalloc-server", [...flags, ...args]);
      expect((await server.ended()).code).toBe(1);
      expect(server.output).toContain("the port is taken");
      expect(await lastHolder()).toBe("none; the last one closed the state properly");
    }
    taken.close();
  });

  it("says no other of a state that was not closed: BMPs may still be at work for the last server", async () => {
    const port = await freePort();
    const args = [
      ...["--state-dir", `${directory}/state`, "--port", String(port)],
      file("cfg.ts", EMPTY),
    ];
    const killed = new RunningProgram("spalloc-server", args);
    await killed.printed("serving on");
    await killed.kill();
    const left = await lastHolder();
    expect(left).toContain("crashed or was killed");
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(port, "127.0.0.1", resolve));
    const server = new RunningProgram("spalloc-server", args);
    expect((await server.ended()).code).toBe(1);
    expect(server.output).toContain("the port is taken");
    expect(await lastHolder()).toBe(left);
    taken.close();
  });
});

/** With these times, orders to a BMP that does not answer as it should take longer than any test. */
const ENDLESS = "secondsToPowerOn: 500, secondsBeforeRetry: 500";

describe("a stop", () => {
  let running: RunningServer;
  let net = 0;
  let configuration: string;

  afterEach(() => running.end());

  async function start(fields: string, powerOnMs = 20): Promise<void> {
    const machine = machineText("m", { baseIp: `${NETWORK}.${++net}.0` });
    configuration = `export default new Configuration({ ip: "127.0.0.1", secondsBeforeFree: 0,
      secondsToSettle: 0, ${fields}, machines: [${machine}] });\n`;
    running = await RunningServer.start({ configuration, powerOnMs });
  }

  async function readyJobs(count: number): Promise<readonly number[]> {
    const client = await running.client();
    const jobs: number[] = [];
    for (let n = 0; n < count; n++) jobs.push(await client.create([]));
    for (const job of jobs) await client.reaches(job, READY);
    return jobs;
  }

  it.each([
    ["is silent", { silent: true }],
    [
      "carries power commands out and does not say so",
      { rules: [{ command: "power", times: null, effect: { effect: "loseReply" } }] },
    ],
    [
      "refuses every power command",
      { rules: [{ command: "power", times: null, effect: { effect: "refuse", returnCode: 141 } }] },
    ],
  ])("is over in secondsToStop when a BMP %s; the next start carries on", async (_, fault) => {
    await start(`${ENDLESS}, secondsToStop: 2`);
    const jobs = await readyJobs(3);
    const client = await running.client();
    await running.misbehave(fault);
    for (const [n, job] of jobs.entries()) {
      await client.call(n % 2 === 0 ? "power_off_job_boards" : "power_on_job_boards", [job]);
    }
    running.server.signal("SIGTERM");
    expect(await running.server.ended()).toEqual({ code: 0, signal: null });
    expect(running.server.output).toMatch(
      /SIGTERM: stopping, in 2 s at most, waiting for the BMPs: 3 orders/,
    );
    expect(running.server.output).toMatch(
      /stopped; the next start carries on with \d orders? \(power-o/,
    );
    await running.misbehave({ heal: true });
    running.configure(configuration.replace("secondsToPowerOn: 500", "secondsToPowerOn: 1"));
    await running.startServer();
    await running.poweredBecomes(1);
    const next = await running.client();
    for (const job of jobs) await next.reaches(job, READY);
  });

  it("lets the BMPs finish what they are at", async () => {
    await start("secondsToStop: 100", 500);
    const client = await running.client();
    const job = await client.create([]);
    await running.poweredBecomes(1);
    running.server.signal("SIGTERM");
    expect(await running.server.ended()).toEqual({ code: 0, signal: null });
    expect(running.server.output).not.toContain("the next start carries on");
    await running.startServer();
    await (await running.client()).reaches(job, READY);
    const boards = (await running.simulated()).bmps.flatMap((bmp) => bmp.boards);
    expect(boards.map(({ powerCycles }) => powerCycles).filter((times) => times > 0)).toEqual([1]);
  });
});

describe("a server under Node's profiler", () => {
  it("is profiled: it leaves the profiler its signal", async () => {
    const port = String(await freePort());
    const args = ["--state-dir", `${directory}/state`, "--port", port, file("cfg.ts", EMPTY)];
    const profiles = join(directory, "profiles");
    const server = new RunningProgram("spalloc-server", args, {
      nodeOptions: ["--cpu-prof", `--cpu-prof-dir=${profiles}`],
    });
    await server.printed("serving on");
    server.signal("SIGTERM");
    await server.ended();
    const sampled = readdirSync(profiles).flatMap((name) => sampledFunctions(join(profiles, name)));
    // Without the signal only the code that runs when a profile begins or ends is seen.
    expect(sampled).toContain("(idle)");
  });
});

function sampledFunctions(path: string): string[] {
  const profile = JSON.parse(readFileSync(path, "utf8")) as {
    readonly nodes: {
      readonly id: number;
      readonly callFrame: { readonly functionName: string };
    }[];
    readonly samples: readonly number[];
  };
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame.functionName]));
  return profile.samples.map((id) => names.get(id)!);
}
