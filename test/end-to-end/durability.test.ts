/** Failures D of the server this one succeeds: none of them here. */
import { spawnSync } from "node:child_process";
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

/** Changes a word in every record that has it: LMDB itself does not notice. */
function damage(word: string): void {
  const file = join(running.directory, "cfg.state", "data.mdb");
  const bytes = readFileSync(file);
  const other = `${word.slice(0, -1)}?`;
  for (let at = bytes.indexOf(word); at !== -1; at = bytes.indexOf(word, at + 1)) {
    bytes.write(other, at);
  }
  writeFileSync(file, bytes);
}

const SERVER = fileURLToPath(new URL("../../dist/src/cli/spalloc-server.js", import.meta.url));

function state(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [SERVER, "state", ...args], { encoding: "utf8" });
}

describe("a state with a damaged record", () => {
  it("of a waiting job: the server starts without it, everything else runs, and an operator is told", async () => {
    running = await RunningServer.start({ configuration: configuration(4) });
    const world = await populate();
    running.server.signal("SIGTERM");
    await running.server.ended();
    damage("waiting");
    expect(state("inspect", running.configFile)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining(`DAMAGED     record ${world.waiting} of table jobs: its`),
    });
    await running.startServer();
    expect(running.server.output).toContain(
      `record ${world.waiting} of table jobs cannot be used (its checksum is wrong`,
    );
    const client = await running.client();
    expect(await client.state(world.runningJob)).toMatchObject({ state: READY, power: true });
    expect(await client.state(world.waiting)).toMatchObject({
      state: DESTROYED,
      reason: expect.stringContaining("damaged"),
    });
    const told = state("inspect", running.configFile);
    expect(told.status).toBe(1);
    expect(told.stdout).toMatch(new RegExp(`EXCLUDED 1 +record ${world.waiting} of table jobs, `));
    const exported = JSON.parse(state("export", running.configFile).stdout) as object;
    expect(exported).toMatchObject({
      damaged: [],
      excluded: [{ number: 1, table: "jobs", key: String(world.waiting) }],
    });
    expect(state("drop", running.configFile, "7")).toMatchObject({
      status: 1,
      stderr: "spalloc-server: no excluded record has the number 7: there are 1\n",
    });
    expect(state("drop", running.configFile).status).toBe(2);
    expect(state("drop", running.configFile, "1", "--all").status).toBe(2);
    expect(state("drop", running.configFile, "--all")).toMatchObject({
      status: 0,
      stdout: "1 excluded record dropped\n",
    });
    expect(state("inspect", running.configFile).status).toBe(0);
  });

  it("of a running job: its boards are powered off before another job gets them", async () => {
    running = await RunningServer.start({ configuration: configuration(5) });
    const client = await running.client();
    const kept = await client.create([0, 0, 0], { owner: "kept" });
    const lost = await client.create([1, 0, 0], { owner: "lost-one" });
    for (const id of [kept, lost]) await client.reaches(id, READY);
    await running.server.kill();
    damage("lost-one");
    const before = await cycles();
    await running.startServer();
    await running.poweredBecomes(1);
    const again = await running.client();
    expect(await again.state(lost)).toMatchObject({ state: DESTROYED });
    const next = await again.create([1, 0, 0]);
    await again.reaches(next, READY);
    expect(await again.state(kept)).toMatchObject({ state: READY, power: true });
    // Of all boards, only the one of the new job was powered on.
    expect((await cycles()).filter((count, i) => count !== before[i])).toHaveLength(1);
  });

  it("of a machine: its jobs are destroyed, and its boards powered off before others get them", async () => {
    running = await RunningServer.start({ configuration: configuration(6) });
    const client = await running.client();
    const lost = await client.create([1, 0, 0]);
    await client.reaches(lost, READY);
    await running.server.kill();
    damage(`${NETWORK}.6.0`);
    await running.startServer();
    expect(running.server.output).toContain("record 1 of table machines cannot be used");
    await running.poweredBecomes(0);
    const again = await running.client();
    expect(await again.state(lost)).toMatchObject({ state: DESTROYED });
    await again.reaches(await again.create([2, 1]), READY);
  });
});
