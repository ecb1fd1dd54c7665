/** Failures B and 19 of the server this one succeeds: none of them here. Real processes all of it. */
import { afterEach, describe, expect, it } from "vitest";
import { ownNetwork } from "../support/loopback.js";
import { RunningProgram } from "../support/program.js";
import {
  configurationText,
  machineText,
  RunningServer,
  twoFrameMachineText,
} from "../support/running-server.js";
import { type Client, DESTROYED, POWER, QUEUED, READY } from "./client.js";

const NETWORK = await ownNetwork();

let running: RunningServer;

afterEach(() => running.end());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const FRAME = { width: 4, height: 2 };
/** What the two frames of a machine of 8 × 2 triads are reached at. */
const bmps = (base: string) => [`${base}.0`, `${base}.1`] as const;

/** A machine of two frames of 24 boards, at N.0 of the network and the next. */
function twoFrames(network: number, fields = ""): string {
  return configurationText([twoFrameMachineText(`${NETWORK}.${network}`)], fields);
}

function times(text: string): number {
  return running.server.output.split(text).length - 1;
}

async function allReady(client: Client, ids: readonly number[]): Promise<void> {
  for (const id of ids) await client.reaches(id, READY);
}

describe("a dead frame", () => {
  it("21: is told of once; no job dies of it, and none waits until it is tried again", async () => {
    const [dead] = bmps(`${NETWORK}.1`);
    const fields = "secondsBetweenHealthChecks: 1, secondsBeforeRetry: 600,";
    running = await RunningServer.start({
      configuration: twoFrames(1, fields).replace("secondsBeforeRetry: 0.1,", ""),
      faults: [{ bmp: dead, silent: true }],
    });
    const client = await running.client();
    const ids: number[] = [];
    for (let n = 0; n < 24; n++) ids.push(await client.create([1]));
    await allReady(client, ids);
    const on = await running.powered();
    expect(on).toHaveLength(24);
    expect(on.every(({ frame }) => frame === 1)).toBe(true);
    await running.server.printed("has not answered since");
    await pause(3_000);
    expect(times("has not answered since")).toBe(1);
    expect(running.server.output).toContain("cabinet 0, frame 0: BMP");
  });

  it("is used again when its BMP answers", async () => {
    const [dead] = bmps(`${NETWORK}.3`);
    running = await RunningServer.start({
      configuration: twoFrames(3, "secondsBetweenHealthChecks: 1,"),
      faults: [{ bmp: dead, silent: true }],
    });
    const client = await running.client();
    await running.server.printed("has not answered since");
    await client.reaches(await client.create([24]), READY);
    const more = await client.create([24]);
    expect((await client.state(more)).state).toBe(QUEUED);
    const list = new RunningProgram("spalloc-server", [
      ...["quarantine", "list", running.configFile],
    ]);
    await list.ended();
    expect(list.output).toMatch(
      new RegExp(`^machine m, cabinet 0, frame 0: BMP ${dead} has not answered since`),
    );
    await running.misbehave({ bmp: dead, silent: false });
    await running.server.printed("answers again");
    await client.reaches(more, READY);
  });

  it("serves the jobs that run on it, whose BMP only fell silent", async () => {
    const [first, second] = bmps(`${NETWORK}.2`);
    running = await RunningServer.start({
      configuration: twoFrames(2, "secondsBetweenHealthChecks: 1,"),
    });
    const client = await running.client();
    const id = await client.create([24]);
    await client.reaches(id, READY);
    await running.misbehave({ bmp: first, silent: true }, { bmp: second, silent: true });
    await running.server.printed("has not answered since");
    expect((await client.state(id)).state).toBe(READY);
  });
});

describe("one frame", () => {
  it("22, 25: has 24 jobs of one board ready together, with 144 packets for their links", async () => {
    const machine = machineText("m", { ...FRAME, baseIp: `${NETWORK}.1.0` });
    running = await RunningServer.start({
      configuration: configurationText([machine], "secondsToSettle: 1,").replace(
        "secondsToSettle: 0.05,",
        "",
      ),
      powerOnMs: 500,
    });
    const client = await running.client();
    const ids: number[] = [];
    for (let n = 0; n < 24; n++) ids.push(await client.create([1]));
    await allReady(client, ids);
    const { commands } = (await running.simulated()).bmps[0]!;
    // The first alone, and the others that came meanwhile together.
    expect(commands["57"]).toBeLessThanOrEqual(4);
    expect(commands["18"]).toBe(24 * 6);
    expect(commands["17"]).toBe(24 * 3);
    // Of each board once, and of the BMP before each power command, of which there are few.
    expect(commands["0"]).toBeLessThanOrEqual(24 + 6);
  });

  it("23: does not power boards on for jobs that are gone by then, which keep nobody from stopping", async () => {
    const machine = machineText("m", { ...FRAME, baseIp: `${NETWORK}.2.0` });
    running = await RunningServer.start({
      configuration: configurationText([machine]),
      powerOnMs: 1500,
    });
    const client = await running.client();
    const first = await client.create([1]);
    expect((await client.state(first)).state).toBe(POWER);
    while ((await running.simulated()).bmps[0]!.received < 2) await pause(5);
    const ids: number[] = [];
    for (let n = 0; n < 20; n++) ids.push(await client.create([1]));
    for (const id of ids) await client.call("destroy_job", [id]);
    await client.reaches(first, READY);
    running.server.signal("SIGTERM");
    await running.server.ended();
    const { boards } = (await running.simulated()).bmps[0]!;
    expect(boards.reduce((sum, { powerCycles }) => sum + powerCycles, 0)).toBe(1);
  });

  it("24: gives boards whose power-off failed to nobody, until they are off", async () => {
    const machine = machineText("m", { baseIp: `${NETWORK}.3.0` });
    const fields = "secondsBetweenSelfTests: 1, selfTestsToRelease: 1,";
    running = await RunningServer.start({ configuration: configurationText([machine], fields) });
    const client = await running.client();
    const id = await client.create([3]);
    await client.reaches(id, READY);
    const refuse = { effect: "refuse", returnCode: 0x8c };
    await running.misbehave({
      rules: [{ command: "power", on: false, times: null, effect: refuse }],
    });
    await client.call("destroy_job", [id]);
    expect((await client.state(id)).state).toBe(DESTROYED);
    const next = await client.create([3]);
    await running.server.printed("quarantined");
    expect((await client.state(next)).state).toBe(QUEUED);
    expect(await running.powered()).toHaveLength(3);
    await running.misbehave({ heal: true });
    await client.reaches(next, READY);
  });
});

describe("after a start", () => {
  it("19: boards that went off meanwhile are on again, and the others of the job were not reset", async () => {
    const machine = machineText("m", { ...FRAME, baseIp: `${NETWORK}.4.0` });
    running = await RunningServer.start({ configuration: configurationText([machine]) });
    const client = await running.client();
    const id = await client.create([6]);
    await client.reaches(id, READY);
    const before = await running.powered();
    await running.server.kill();
    const wentOff = before[0]!.board;
    await running.misbehave({ boards: [{ board: wentOff, powered: false }] });
    await running.startServer();
    const again = await running.client();
    await again.reaches(id, READY);
    await running.poweredBecomes(before.length);
    await again.reaches(id, READY);
    const after = await running.powered();
    for (const [at, { board, powerCycles, stoppedLinks }] of after.entries()) {
      expect(powerCycles).toBe(before[at]!.powerCycles + (board === wentOff ? 1 : 0));
      expect(stoppedLinks).toEqual(before[at]!.stoppedLinks);
    }
  });
});
