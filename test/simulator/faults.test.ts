import { once } from "node:events";
import type { Server, ServerResponse } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { powerCommand, versionCommand } from "../../src/bmp/wire/commands.js";
import {
  injectFaults,
  type PacketEntry,
  type Simulator,
  startControl,
  startSimulator,
} from "../../src/simulator/index.js";
import { bmpAddress, configurationOf, machineOf, TEST_PORT } from "../bmp/fixtures.js";
import { RawClient } from "./raw-client.js";

const NETWORK = 14;
const BMP = bmpAddress(NETWORK, 0);
const OTHER = bmpAddress(NETWORK, 1);

let simulator: Simulator;
let client: RawClient;

/** Two frames of six boards. */
beforeEach(async () => {
  const machine = machineOf(NETWORK, { width: 4, height: 1, boardsPerFrame: 6 });
  simulator = await startSimulator(configurationOf([machine]), { port: TEST_PORT, seed: 3 });
  client = await RawClient.open(BMP, TEST_PORT);
});

afterEach(async () => {
  client.close();
  await simulator.close();
});

async function received(packets: number): Promise<void> {
  while (simulator.bmp(BMP).received < packets) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const version = (effect: object, more: object = {}) =>
  injectFaults(simulator, { rules: [{ command: "version", effect, ...more }] });

describe("a rule", () => {
  it("is about the next so many requests of its kind, after those that it spares", async () => {
    version({ effect: "refuse", returnCode: 0x8d }, { board: 2, skip: 1, times: 2 });
    const codes: number[] = [];
    for (let n = 0; n < 5; n++) codes.push((await client.ask(versionCommand(2))).returnCode);
    expect(codes).toEqual([0x80, 0x8d, 0x8d, 0x80, 0x80]);
    expect((await client.ask(versionCommand(1))).returnCode).toBe(0x80);
  });

  it("loses a request before it is carried out, or its reply after", async () => {
    injectFaults(simulator, {
      rules: [
        { command: "power", on: true, effect: { effect: "loseRequest" } },
        { command: "power", on: true, effect: { effect: "loseReply" } },
      ],
    });
    client.send(powerCommand(true, [0]));
    await received(1);
    await client.ask(versionCommand(0));
    expect(simulator.board(BMP, 0).powered).toBe(false);
    client.send(powerCommand(true, [1]));
    await client.ask(versionCommand(0));
    expect(simulator.board(BMP, 1).powered).toBe(true);
    expect(client.replies).toHaveLength(2);
  });

  it("doubles and delays", async () => {
    version({ effect: "doubleReply" });
    await client.ask(versionCommand(0));
    version({ effect: "doubleRequest" });
    await client.ask(versionCommand(0));
    // The second copy is none of the client's doing.
    expect(simulator.state().violations.overlaps).toBe(0);
    version({ effect: "delayReply", ms: 30 });
    const late = client.send(versionCommand(0));
    await client.ask(versionCommand(1));
    await client.replyTo(late);
    expect(client.replies.map(({ sequence }) => sequence)).toEqual([1, 1, 2, 2, 4, 3]);
  });

  it.each([
    [false, false],
    [true, true],
  ])("kills the BMP, carried out: %s", async (carriedOut, powered) => {
    injectFaults(simulator, {
      bmp: BMP,
      rules: [{ command: "power", effect: { effect: "die", carriedOut } }],
    });
    client.send(powerCommand(true, [3]));
    await received(1);
    client.send(versionCommand(0));
    await received(2);
    while (!simulator.bmp(BMP).faults.silent) await new Promise((r) => setImmediate(r));
    expect(simulator.board(BMP, 3).powered).toBe(powered);
    expect(client.replies).toEqual([]);
    expect(simulator.bmp(OTHER).faults.silent).toBe(false);
  });

  it("restarts the BMP, which forgets what it had to do", async () => {
    await client.ask(powerCommand(true, [4]));
    version({ effect: "restart", downMs: 20, powerOff: true });
    const lost = client.send(versionCommand(0));
    while (simulator.bmp(BMP).faults.silent || simulator.board(BMP, 4).powered) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await client.ask(versionCommand(0));
    expect(client.replies.some(({ sequence }) => sequence === lost)).toBe(false);
  });
});

describe("a slow BMP", () => {
  it("takes so long for all but power-ons, shows it, and is quick again when healed", async () => {
    injectFaults(simulator, { bmp: BMP, replyMs: 600_000 });
    const replyMs = () => simulator.state().bmps.map((bmp) => bmp.replyMs);
    expect(replyMs()).toEqual([600_000, 0]);
    expect((await client.ask(powerCommand(true, [0]))).returnCode).toBe(0x80);
    client.send(versionCommand(0));
    await received(2);
    client.send(versionCommand(0));
    await received(3);
    expect(simulator.state().violations.overlaps).toBe(1);
    injectFaults(simulator, { heal: true });
    expect(replyMs()).toEqual([0, 0]);
  });
});

describe("faults of boards", () => {
  it("are of one board, of all, or of a share that the seed chooses", () => {
    injectFaults(simulator, [
      { bmp: BMP, boards: [{ board: 1, wrongFpga: { fpga: 2, powerOns: 1 } }] },
      { bmp: OTHER, boards: [{ shutDown: 7, temperature: 80 }] },
    ]);
    expect(simulator.board(BMP, 1).badPowerOns).toBe(1);
    expect(simulator.board(OTHER, 5).status).toMatchObject({ shutdowns: 7 });
    injectFaults(simulator, { badBoards: 0.25 });
    const bad = () =>
      simulator.state().bmps.flatMap(({ boards }) => boards.map(({ badPowerOns }) => badPowerOns));
    expect(bad().filter((powerOns) => powerOns === null)).toHaveLength(3);
    injectFaults(simulator, { heal: true });
    expect(bad().every((powerOns) => powerOns === 0)).toBe(true);
  });

  it.each<[string, unknown, string]>([
    [
      "an unknown field",
      { silence: true },
      "faults[1] has no field silence; its fields are bmp, heal, silent,",
    ],
    [
      "a chance above 1",
      { requests: { loss: 2 } },
      "faults[1].requests.loss is 2; it must be a number from 0 to 1",
    ],
    [
      "an unknown effect",
      { rules: [{ effect: { effect: "explode" } }] },
      'faults[1].rules[0].effect.effect is "explode"; it must be "loseRequest", "doubleRequest",',
    ],
    ["a BMP that is not there", { bmp: "127.0.0.77" }, "the configuration has no BMP 127.0.0.77"],
    ["a board that is not there", { boards: [{ board: 9, powered: true }] }, "no board 9"],
    [
      "a version that firmware has no room for",
      { boards: [{ firmware: { major: 1, minor: 99_999_999, patch: 0 } }] },
      "faults[1].boards[0].firmware.minor is 99999999; it must be a whole number from 0 to 99",
    ],
    ["no object", 7, "faults[1] is 7; it must be an object"],
  ])("%s is refused, and nothing of the list is done", (_, order, text) => {
    expect(() => injectFaults(simulator, [{ silent: true }, order])).toThrow(text);
    expect(simulator.bmp(BMP).faults.silent).toBe(false);
  });
});

describe("the control port", () => {
  let control: Server;
  let base: string;

  beforeEach(async () => {
    control = await startControl(simulator, 0);
    const address = control.address();
    if (address === null || typeof address === "string") throw new Error("no TCP port");
    base = `http://127.0.0.1:${address.port}`;
  });

  afterEach(async () => {
    control.close();
    control.closeAllConnections();
    await once(control, "close");
  });

  it("takes faults, and takes them back", async () => {
    const post = (body: string) => fetch(`${base}/faults`, { method: "POST", body });
    expect((await post(JSON.stringify({ bmp: BMP, silent: true }))).status).toBe(200);
    expect(simulator.bmp(BMP).faults.silent).toBe(true);
    expect((await fetch(`${base}/faults`, { method: "DELETE" })).status).toBe(200);
    expect(simulator.bmp(BMP).faults.silent).toBe(false);
    const refused = await post("{");
    expect(refused.status).toBe(400);
    expect(((await refused.json()) as { error: string }).error).toContain("faults: not JSON");
    expect((await fetch(`${base}/faults`)).status).toBe(405);
  });

  it("outlives a request that breaks off", async () => {
    const socket = connect(Number(new URL(base).port), "127.0.0.1");
    socket.write("POST /faults HTTP/1.1\r\nHost: simulator\r\nContent-Length: 100\r\n\r\n[");
    const [, response] = (await once(control, "request")) as [unknown, ServerResponse];
    socket.destroy();
    await once(response, "close");
    expect((await fetch(`${base}/state`)).status).toBe(200);
  });

  it.each([
    ["//", 400],
    ["http://[::1", 400],
    ["http://a:99999/", 400],
    ["*", 404],
    ["http://elsewhere/state", 200],
  ])("answers a request for %s with %i, and goes on", async (target, status) => {
    const socket = connect(Number(new URL(base).port), "127.0.0.1");
    socket.write(`GET ${target} HTTP/1.1\r\nHost: simulator\r\nConnection: close\r\n\r\n`);
    let answer = "";
    for await (const part of socket) answer += String(part);
    expect(answer.split("\r\n")[0]).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    if (status === 400) expect(answer).toContain("is not a path: there are /state, /packets");
    expect((await fetch(`${base}/state`)).status).toBe(200);
  });

  it("shows the packets, in their order, with what became of them", async () => {
    version({ effect: "loseReply" }, { board: 1 });
    await client.ask(versionCommand(0));
    client.send(versionCommand(1));
    await received(2);
    await client.ask(powerCommand(true, [0, 2]));
    const read = async (query: string) => {
      const answer = await fetch(`${base}/packets?${query}`);
      return ((await answer.json()) as { packets: PacketEntry[] }).packets;
    };
    const packets = await read(`bmp=${BMP}`);
    expect(
      packets.map(({ direction, command, fate, returnCode }) => [
        direction,
        command ?? returnCode,
        fate,
      ]),
    ).toEqual([
      ["request", "version", "passed"],
      ["reply", 0x80, "passed"],
      ["request", "version", "passed"],
      ["reply", 0x80, "lost"],
      ["request", "power", "passed"],
      ["reply", 0x80, "passed"],
    ]);
    expect(packets.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(packets[4]?.args).toEqual([1, 5, 0]);
    expect(packets.some(({ overlaps }) => overlaps)).toBe(false);
    expect(await read("after=5")).toEqual(packets.slice(5));
    expect(await read(`bmp=${OTHER}`)).toEqual([]);
    const refused = await fetch(`${base}/packets?after=x`);
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { error: 'after is "x"; it must be the number of a packet' },
    ]);
  });
});
