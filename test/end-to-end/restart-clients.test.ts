/** A restart, and clients that do not come back, or come back and do not watch again. */
import { spawnSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { TestClient } from "../protocol/client.js";
import { ownNetwork } from "../support/loopback.js";
import { configurationText, machineText, RunningServer } from "../support/running-server.js";
import { DESTROYED, READY } from "./client.js";

const NETWORK = await ownNetwork();
const SERVER = fileURLToPath(new URL("../../dist/src/cli/spalloc-server.js", import.meta.url));
const KEEPALIVE_S = 0.5;

let running: RunningServer;

afterEach(() => running.end());

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [SERVER, ...args], { encoding: "utf8" });
}

/**
 * Two jobs, one of them ready; the server was killed and started again. Keepalives are checked from
 * then on only: however long this takes, the jobs are there.
 */
async function restarted(baseIp: string): Promise<{ ids: readonly number[] }> {
  const machine = machineText("m", { baseIp });
  running = await RunningServer.start({
    configuration: configurationText([machine], "timeoutCheckInterval: 100_000,"),
  });
  const client = await running.client();
  const first = await client.create([3], { keepalive: KEEPALIVE_S });
  await client.reaches(first, READY);
  const second = await client.create([3], { keepalive: KEEPALIVE_S });
  await running.server.kill();
  running.configure(configurationText([machine]));
  await running.startServer();
  return { ids: [first, second] };
}

describe("jobs whose clients do not come back after a restart", () => {
  it("live on in their grace, are listed, and end when an operator ends it", async () => {
    const { ids } = await restarted(`${NETWORK}.1.0`);
    const [first, second] = ids;
    expect(running.server.output).toMatch(/2 jobs from before this start: kept until 20\S+Z, /);
    const listed = JSON.parse(run("grace", "list", running.configFile, "--json").stdout);
    expect(listed.jobs).toMatchObject([
      { jobId: first, owner: "tester", host: "127.0.0.1", keepaliveS: KEEPALIVE_S },
      { jobId: second },
    ]);
    const untilMs = listed.jobs[0].endsAtMs - Date.now();
    expect(untilMs).toBeGreaterThan(3_500_000);
    expect(untilMs).toBeLessThanOrEqual(3_600_000);
    const inspected = run("state", "inspect", running.configFile);
    expect(inspected.stdout).toMatch(/in grace +2 jobs until 20/);
    const summary = JSON.parse(run("state", "inspect", running.configFile, "--json").stdout);
    expect(summary.inGrace.map(({ jobId }: { jobId: number }) => jobId)).toEqual(ids);
    // Long past what a keepalive alone would have allowed: all of these programs have started meanwhile.
    expect(await running.powered()).toHaveLength(3);

    expect(run("grace", "end", running.configFile, String(first), "77").stdout).toBe(
      "the grace of 1 job has ended; its keepalive counts from the start of the server\nno grace: job 77\n",
    );
    expect(run("grace", "end", running.configFile, "999", "1000")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("jobs 999, 1000 are not in their grace; "),
    });
    const client = await running.client();
    const living = async () => (await client.call("list_jobs")).map(({ job_id }) => job_id);
    while ((await living()).includes(first!)) await delay(20);
    expect(await client.state(first!)).toMatchObject({
      state: DESTROYED,
      reason: "Job timed out.",
    });
    expect(await living()).toEqual([second]);
    expect(run("grace", "list", running.configFile).stdout).toMatch(
      new RegExp(
        `^job ${second} of tester \\(127\\.0\\.0\\.1\\): keepalive 0\\.5 s, in its grace until 20\\S+Z\\n$`,
      ),
    );
  });

  it("are named on the command line by their ids, and by nothing else", async () => {
    await restarted(`${NETWORK}.2.0`);
    expect(run("grace", "end", running.configFile, "x")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("A job id is a whole number from 1."),
    });
    expect(run("grace", "end", running.configFile).stdout).toMatch(
      /^the grace of 2 jobs has ended/,
    );
  });
});

describe("a client that connects again after a restart", () => {
  it("and keeps its job alive without watching it again is notified of it, once", async () => {
    const { ids } = await restarted(`${NETWORK}.3.0`);
    const client = await TestClient.open(running.port);
    client.request("job_keepalive", [ids[0]]);
    client.request("job_keepalive", [ids[0]]);
    client.request("job_keepalive", [ids[0]]);
    client.request("version");
    const lines = [await client.next()];
    while (lines.at(-1)?.["return"] !== "1.0.0") lines.push(await client.next());
    expect(lines.filter((line) => !("return" in line))).toEqual([{ jobs_changed: [ids[0]] }]);
    client.close();
  });
});
