/** Boards that do not work, or that an operator took out, in front of the clients of a real server. */
import { afterEach, describe, expect, it } from "vitest";
import { ownNetwork } from "../support/loopback.js";
import { RunningProgram } from "../support/program.js";
import {
  configurationText,
  machineText,
  RunningServer,
  twoFrameMachineText,
} from "../support/running-server.js";
import { type Client, QUEUED, READY } from "./client.js";

const NETWORK = await ownNetwork();
const NO_SELF_TESTS = "secondsBetweenSelfTests: 0,";

let running: RunningServer;

afterEach(() => running.end());

async function takeOut(machine: string, board: string): Promise<void> {
  const args = ["quarantine", "add", running.configFile, machine, board, "--reason", "smoke"];
  expect((await new RunningProgram("spalloc-server", args).ended()).code).toBe(0);
}

const deadBoards = async (client: Client): Promise<readonly string[]> =>
  (await client.call("list_machines"))[0]!.dead_boards.map((board) => board.join());

describe("boards in quarantine", () => {
  it("are dead boards to clients while they are out", async () => {
    const machine = machineText("m", { width: 2, baseIp: `${NETWORK}.1.0` });
    running = await RunningServer.start({
      configuration: configurationText([machine], NO_SELF_TESTS),
    });
    const client = await running.client();
    expect(await deadBoards(client)).toEqual([]);
    await takeOut("m", "1,0,1");
    expect(await deadBoards(client)).toEqual(["1,0,1"]);
    await takeOut("m", "0/0/0");
    expect((await deadBoards(client)).toSorted()).toEqual(["0,0,0", "1,0,1"]);
  });

  it("are given to nobody after their machine was smaller, or had another name", async () => {
    const baseIp = `${NETWORK}.2.0`;
    const text = (name: string, width: number) =>
      configurationText([machineText(name, { width, baseIp })], NO_SELF_TESTS);
    running = await RunningServer.start({ configuration: text("m", 2) });
    await takeOut("m", "1,0,1");
    await running.reload(text("m", 1));
    await running.reload(text("m", 2));
    const client = await running.client();
    const regrown = await client.create([2, 1], { machine: "m", max_dead_boards: 0 });
    expect((await client.state(regrown)).state).toBe(QUEUED);
    await running.reload(text("renamed", 2));
    const ids: number[] = [];
    for (let n = 0; n < 5; n++) ids.push(await client.create([1], { machine: "renamed" }));
    for (const id of ids) await client.reaches(id, READY);
    const last = await client.create([1], { machine: "renamed" });
    expect((await client.state(last)).state).toBe(QUEUED);
    const boards = await Promise.all(ids.map(async (id) => (await client.info(id)).boards));
    expect(boards.flat().map((board) => board.join())).not.toContain("1,0,1");
  });
});

describe("a BMP that refuses to power boards on", () => {
  it.each([
    ["for a bad argument", 0x84],
    ["without a reason", 0x8c],
    ["with a return code that nobody knows", 0xff],
  ])("%s costs no job: all become ready elsewhere", async (_, returnCode) => {
    const base = `${NETWORK}.3`;
    const effect = { effect: "refuse", returnCode };
    running = await RunningServer.start({
      configuration: configurationText([twoFrameMachineText(base)], NO_SELF_TESTS),
      faults: [{ bmp: `${base}.0`, rules: [{ command: "power", on: true, times: null, effect }] }],
    });
    const client = await running.client();
    // One after the other, as whoever tries again by hand does.
    for (let n = 0; n < 8; n++) await client.reaches(await client.create([1]), READY);
    expect(new Set((await running.powered()).map(({ frame }) => frame))).toEqual(new Set([1]));
  });
});
