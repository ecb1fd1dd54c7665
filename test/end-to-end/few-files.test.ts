/** A server that may open few files. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ownFiles } from "../../src/host/needs/open-files.js";
import { freePort, ownNetwork } from "../support/loopback.js";
import { RunningProgram } from "../support/program.js";
import { configurationText, machineText, RunningServer } from "../support/running-server.js";
import { Client, POWER, READY } from "./client.js";

const NETWORK = await ownNetwork();
const FEWEST = ownFiles() + 32;

/** Machines of one triad and one BMP each. */
function textWith(bmps: number): string {
  const machines = Array.from({ length: bmps }, (_, i) =>
    machineText(`m${i}`, { baseIp: `${NETWORK}.${i}.0` }),
  );
  return configurationText(machines);
}

describe("a server that may open too few files", () => {
  let directory: string;
  let server: RunningProgram | null = null;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "spalloc-files-"));
  });

  afterEach(async () => {
    await server?.kill();
    rmSync(directory, { recursive: true });
  });

  async function spawned(text: string, openFiles: number): Promise<[RunningProgram, number]> {
    writeFileSync(join(directory, "cfg.ts"), text);
    const port = await freePort();
    const args = ["--port", String(port), join(directory, "cfg.ts")];
    server = new RunningProgram("spalloc-server", args, { openFiles });
    return [server, port];
  }

  it.each([
    ["64", 64, 0],
    ["40", 40, 0],
    ["one less than for itself", FEWEST - 1, 0],
    ["one less than for itself and its BMPs", FEWEST + 29, 30],
  ])("does not start, and says what to raise: %s", async (_, openFiles, bmps) => {
    const [refused] = await spawned(textWith(bmps), openFiles);
    expect(await refused.ended()).toEqual({ code: 1, signal: null });
    expect(refused.output).toContain(
      `this process may open ${openFiles} files, and the server needs ${FEWEST + bmps}: `,
    );
    expect(refused.output).toMatch(/Raise that limit to \d+ .*ulimit -n, LimitNOFILE=/);
    expect(refused.output).not.toMatch(/package|module/);
  });

  it("starts with just enough, serves its clients, and reloads, but for more BMPs", async () => {
    const [running, port] = await spawned(textWith(2), FEWEST + 2);
    await running.printed("serving on");
    const clients = await Promise.all(Array.from({ length: 32 }, () => Client.open(port)));
    for (const client of clients) expect(await client.call("version")).toMatch(/^1\./);
    writeFileSync(join(directory, "cfg.ts"), textWith(3));
    running.signal("SIGHUP");
    await running.printed("reload failed; the old configuration stays in force: this process may");
    expect(await clients[0]!.call("list_machines")).toHaveLength(2);
    writeFileSync(join(directory, "cfg.ts"), textWith(1));
    running.signal("SIGHUP");
    await running.printed("the configuration was reloaded");
    for (const client of clients) client.close();
  });
});

const mayLimit = spawnSync("sh", ["-c", "prlimit --version"]).status === 0;

describe.runIf(mayLimit)("a running server that may open no more files", () => {
  it("holds up its orders, blames no BMP and no board, and goes on when it may again", async () => {
    const running = await RunningServer.start({
      configuration: configurationText([
        machineText("m", { width: 1, baseIp: `${NETWORK}.200.0` }),
        machineText("n", { width: 1, baseIp: `${NETWORK}.201.0` }),
      ]),
    });
    try {
      const client = await running.client();
      // All its threads have what they need by then.
      await client.reaches(await client.create([1]), READY);
      const limit = (files: string) =>
        execFileSync("sh", ["-c", `prlimit --pid ${running.server.pid} --nofile=${files}:`]);
      limit("10");
      const jobs = [await client.create([1]), await client.create([1])];
      await running.server.printed("(EMFILE)");
      // As often as an order is tried with a BMP that does not answer, and more.
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      for (const job of jobs) expect((await client.state(job)).state).toBe(POWER);
      limit("10000");
      for (const job of jobs) await client.reaches(job, READY);
      expect(running.server.output).not.toMatch(/quarantined|has not answered|placed again/);
      expect(running.server.output.match(/\(EMFILE\).* counts against no BMP/g)).toHaveLength(1);
      await running.server.printed("BMPs can be reached again");
    } finally {
      await running.end();
    }
  });
});
