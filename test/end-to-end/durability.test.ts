/** Failures D of the server this one succeeds: none of them here. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { ownNetwork } from "../support/loopback.js";
import { RunningProgram } from "../support/program.js";
import { configurationText, machineText, RunningServer } from "../support/running-server.js";
import { type Client, DESTROYED, QUEUED, READY } from "./client.js";

const NETWORK = await ownNetwork();

let running: RunningServer;

afterEach(() => running.end());

/** A machine of two triads. */
const configuration = (net: number): string =>
  configurationText([machineText("m", { width: 2, baseIp: `${NETWORK}.${net}.0` })]);

interface World {
  readonly client: Client;
  readonly runningJob: number;
  readonly poweredOff: number;
  readonly waiting: number;
  readonly cancelled: number;
  readonly ended: number;
  readonly endedWithoutReason: number;
}

/** Jobs in every state that lasts. */
async function populate(): Promise<World> {
  const client = await running.client();
  const runningJob = await client.create([], { owner: "running" });
  const poweredOff = await client.create([], { owner: "poweredOff" });
  for (const id of [runningJob, poweredOff]) await client.reaches(id, READY);
  await client.call("power_off_job_boards", [poweredOff]);
  await client.reaches(poweredOff, READY);
  const ended = await client.create([]);
  await client.call("destroy_job", [ended, "done"]);
  const endedWithoutReason = await client.create([]);
  await client.call("destroy_job", [endedWithoutReason]);
  const waiting = await client.create([2, 1], { owner: "waiting" });
  const cancelled = await client.create([2, 1]);
  await client.call("destroy_job", [cancelled, "changed my mind"]);
  return { client, runningJob, poweredOff, waiting, cancelled, ended, endedWithoutReason };
}

/** All that clients can ask of these jobs. */
async function answers(client: Client, { client: _, ...ids }: World): Promise<unknown> {
  const told: Record<string, unknown> = {};
  for (const [name, id] of Object.entries(ids)) {
    const info = await client.call("get_job_machine_info", [id]);
    told[name] = { id, state: await client.state(id), info };
  }
  return told;
}

async function cycles(): Promise<readonly number[]> {
  const { bmps } = await running.simulated();
  return bmps.flatMap(({ boards }) => boards.map(({ powerCycles }) => powerCycles));
}

describe("failure 17: whatever ends the server", () => {
  it.each(["SIGTERM", "SIGABRT", "SIGKILL"] as const)(
    "%s: the next one tells every client what it was told before, resets no board, and counts on",
    async (signal) => {
      running = await RunningServer.start({ configuration: configuration(1) });
      const world = await populate();
      await running.poweredBecomes(1);
      const before = await answers(world.client, world);
      const cycled = await cycles();
      running.server.signal(signal);
      const { code } = await running.server.ended();
      expect(code === 0).toBe(signal === "SIGTERM");
      await running.startServer();
      const client = await running.client();
      expect(await answers(client, world)).toEqual(before);
      expect(await client.state(world.runningJob)).toMatchObject({ state: READY, power: true });
      expect(await client.state(world.waiting)).toMatchObject({ state: QUEUED });
      expect(await client.state(world.endedWithoutReason)).toMatchObject({
        state: DESTROYED,
        reason: null,
      });
      const next = await client.create([]);
      expect(next).toBeGreaterThan(world.cancelled);
      await client.call("destroy_job", [next]);
      expect((await cycles()).filter((count, i) => count !== cycled[i]).length).toBeLessThan(2);
      for (const id of [world.runningJob, world.poweredOff]) await client.call("destroy_job", [id]);
      // The boards are all free again: no board was lost.
      await client.reaches(world.waiting, READY);
    },
  );

  it("a cold start on purpose keeps the ids, so that no client reaches a stranger's job", async () => {
    running = await RunningServer.start({ configuration: configuration(2) });
    const world = await populate();
    await running.server.kill();
    await running.startServer("--cold-start");
    const client = await running.client();
    expect(await client.state(world.runningJob)).toMatchObject({ state: 0 });
    expect(await client.create([])).toBeGreaterThan(world.cancelled);
  });
});

describe("failure 18: another version of the server", () => {
  it("goes on with the state of the one before", async () => {
    running = await RunningServer.start({ configuration: configuration(3) });
    const world = await populate();
    const before = await answers(world.client, world);
    running.server.signal("SIGTERM");
    await running.server.ended();
    const upgraded = installAs("9.8.7");
    const args = ["--port", String(running.port), running.configFile];
    const programs = join(upgraded, "dist/src/cli/");
    running.server = new RunningProgram("spalloc-server", args, { programs });
    await running.server.printed("serving on");
    const client = await running.client();
    expect(await answers(client, world)).toEqual(before);
    rmSync(upgraded, { recursive: true });
  });
});

/** The package as it is, under another version. */
function installAs(version: string): string {
  const here = fileURLToPath(new URL("../../", import.meta.url));
  const directory = mkdtempSync(join(tmpdir(), "spalloc-upgrade-"));
  for (const part of ["dist", "proto"])
    cpSync(join(here, part), join(directory, part), { recursive: true });
  symlinkSync(join(here, "node_modules"), join(directory, "node_modules"));
  const description = JSON.parse(readFileSync(join(here, "package.json"), "utf8")) as object;
  writeFileSync(join(directory, "package.json"), JSON.stringify({ ...description, version }));
  return directory;
}

describe("a state that is damaged", () => {
  it("is refused with what to do; --salvage goes on with the rest and keeps what it drops", async () => {
    running = await RunningServer.start({ configuration: configuration(4) });
    const world = await populate();
    running.server.signal("SIGTERM");
    await running.server.ended();
    // A bit of an owner's name: LMDB itself does not notice.
    const file = join(running.directory, "cfg.state", "data.mdb");
    const bytes = readFileSync(file);
    for (let at = bytes.indexOf("waiting"); at !== -1; at = bytes.indexOf("waiting", at + 1)) {
      bytes.write("waitinG", at);
    }
    writeFileSync(file, bytes);
    const refused = running.spawnServer();
    expect((await refused.ended()).code).toBe(1);
    expect(refused.output).toContain(`record ${world.waiting} of table jobs`);
    expect(refused.output).toContain("--salvage");
    await running.startServer("--salvage");
    const client = await running.client();
    expect(await client.state(world.runningJob)).toMatchObject({ state: READY });
    expect(await client.state(world.waiting)).toMatchObject({
      state: DESTROYED,
      reason: expect.stringContaining("damaged"),
    });
    const kept = /salvaged-[\w.-]+\.json/.exec(running.server.output)?.[0];
    const lost: unknown = JSON.parse(
      readFileSync(join(running.directory, "cfg.state", kept!), "utf8"),
    );
    expect(lost).toMatchObject([{ table: "jobs", key: String(world.waiting) }]);
  });
});
