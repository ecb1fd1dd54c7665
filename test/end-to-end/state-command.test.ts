/** `spalloc-server state …` on the state of a real server, while it runs and after it was killed. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { ownNetwork } from "../support/loopback.js";
import { configurationText, machineText, RunningServer } from "../support/running-server.js";
import { READY } from "./client.js";

const NETWORK = await ownNetwork();

const SERVER = fileURLToPath(new URL("../../dist/src/cli/spalloc-server.js", import.meta.url));

function state(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [SERVER, "state", ...args], { encoding: "utf8" });
}

const NOBODY = 65_534;

let running: RunningServer | null = null;

afterEach(async () => {
  await running?.end();
  running = null;
});

describe("spalloc-server state", () => {
  it("shows a board in quarantine until it is released", async () => {
    const machine = machineText("m", { baseIp: `${NETWORK}.2.0` });
    running = await RunningServer.start({ configuration: configurationText([machine]) });
    const { configFile } = running;
    const quarantine = (...args: string[]) =>
      spawnSync(process.execPath, [SERVER, "quarantine", ...args]);
    const board = [configFile, "m", "0,0,1", "--reason", "noisy"];
    const name = "board [0, 0, 1] of machine m (cabinet 0, frame 0, board 1)";
    quarantine("add", ...board);
    const held = state("inspect", configFile);
    expect(held.stdout).toMatch(/quarantine +1 board, and the history of 0 released boards\n/);
    expect(held.stdout).toContain(`quarantined  ${name}, since 20`);
    quarantine("release", ...board);
    const released = state("inspect", configFile);
    expect(released.stdout).toMatch(/quarantine +0 boards, and the history of 1 released board\n/);
    expect(released.stdout).not.toContain("quarantined");
    expect(JSON.parse(state("inspect", configFile, "--json").stdout)).toMatchObject({
      quarantine: 0,
      releasedBoards: 1,
    });
  });

  it("shows the state of a running server, and the same after kill -9, without changing it", async () => {
    const machine = machineText("m", { width: 2, baseIp: `${NETWORK}.1.0` });
    running = await RunningServer.start({ configuration: configurationText([machine]) });
    const client = await running.client();
    const runningJob = await client.create([3], { owner: "anna@example.org" });
    await client.reaches(runningJob, READY);
    const waiting = await client.create([6], { owner: "ben@example.org\u001b[2J" });

    const up = state("inspect", running.configFile);
    expect(up.stderr).toBe("");
    expect(up.status).toBe(0);
    expect(up.stdout).toMatch(/server +process \d+ on \S+ has had the state open since/);
    expect(up.stdout).toMatch(/machine +m: 3 of 6 boards in use by 1 job/);
    expect(up.stdout).toMatch(
      new RegExp(`job ${runningJob} +anna@example.org, 3 boards of machine m, powered on`),
    );
    expect(up.stdout).toContain("  ben@example.org\\u001b[2J, waiting for");

    const copy = join(running.directory, "copy");
    expect(state("backup", running.configFile, copy)).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(state("inspect", copy, "--json").stdout)).toMatchObject({
      jobs: { all: 2, queued: 1 },
      holder: null,
    });
    expect(state("backup", running.configFile, copy)).toMatchObject({ status: 1 });

    await running.server.kill();
    const directory = join(running.directory, "cfg.state");
    const before = readFileSync(join(directory, "data.mdb"));
    const down = state("inspect", directory);
    expect(down.stdout).toMatch(/server +none; process \d+ on \S+, .* crashed or was killed/);
    const exported = JSON.parse(state("export", directory).stdout) as object;
    expect(exported).toMatchObject({
      jobs: [
        { jobId: runningJob, placement: { power: true, everReady: true } },
        { jobId: waiting, placement: null },
      ],
      machines: [{ description: { name: "m" } }],
      damaged: [],
      excluded: [],
    });
    const summary = JSON.parse(state("inspect", directory, "--json").stdout) as object;
    expect(summary).toMatchObject({ jobs: { all: 2, queued: 1 }, holder: { life: "gone" } });
    expect(readFileSync(join(directory, "data.mdb")).equals(before)).toBe(true);
    await running.startServer();
    expect(await (await running.client()).state(runningJob)).toMatchObject({ state: READY });
  });

  it.runIf(process.getuid?.() === 0)("shows it to a user who may only read the files", async () => {
    const machine = machineText("m", { baseIp: `${NETWORK}.3.0` });
    running = await RunningServer.start({ configuration: configurationText([machine]) });
    const directory = join(running.directory, "cfg.state");
    // As an operator who lets others look has made them.
    for (const path of [running.directory, directory, join(directory, "lock")]) {
      chmodSync(path, 0o755);
    }
    chmodSync(join(directory, "data.mdb"), 0o644);
    const shown = spawnSync(process.execPath, [SERVER, "state", "inspect", running.configFile], {
      encoding: "utf8",
      uid: NOBODY,
      gid: NOBODY,
    });
    expect(shown.stderr).toBe("");
    expect(shown.stdout).toMatch(/server +process \d+ on \S+ has had the state open since/);
  });

  it("says that there is none, and makes none", () => {
    const empty = mkdtempSync(join(tmpdir(), "spalloc-no-state-"));
    const { status, stderr } = state("inspect", empty);
    expect(status).toBe(1);
    expect(stderr).toContain(`There is no state in ${empty}`);
    rmSync(empty, { recursive: true });
  });
});
