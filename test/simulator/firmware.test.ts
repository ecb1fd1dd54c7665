import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  fpgaReadCommand,
  fpgaWriteCommand,
  LedAction,
  ledCommand,
  powerCommand,
  statusCommand,
  versionCommand,
} from "../../src/bmp/wire/commands.js";
import { FLAG_REGISTER, stopRegister } from "../../src/bmp/wire/fpga.js";
import { type BmpCommand, NO_DATA } from "../../src/bmp/wire/packet.js";
import { decodeStatus } from "../../src/bmp/wire/status.js";
import { decodeVersion } from "../../src/bmp/wire/version.js";
import type { SimulatedBoard } from "../../src/simulator/board.js";
import { type Simulator, startSimulator } from "../../src/simulator/index.js";
import { bmpAddress, configurationOf, machineOf, TEST_PORT } from "../bmp/fixtures.js";
import { RawClient } from "./raw-client.js";

const NETWORK = 10;
const BMP = bmpAddress(NETWORK, 0);

let simulator: Simulator;
let client: RawClient;

/** A frame of six boards. */
beforeEach(async () => {
  const machine = machineOf(NETWORK, { width: 2, height: 1 });
  simulator = await startSimulator(configurationOf([machine]), { port: TEST_PORT });
  client = await RawClient.open(BMP, TEST_PORT);
});

afterEach(async () => {
  client.close();
  await simulator.close();
});

const board = (number: number): SimulatedBoard => simulator.board(BMP, number);

async function returnCode(command: BmpCommand, change?: (packet: Buffer) => void): Promise<number> {
  return (await client.ask(command, change)).returnCode;
}

async function read(number: number, fpga: number, register: number): Promise<number> {
  const { payload } = await client.ask(fpgaReadCommand(number, fpga, register));
  return payload.readUInt32LE(0);
}

describe("the firmware", () => {
  it("answers with sequence number and board of the request", async () => {
    const reply = await client.ask(versionCommand(5));
    expect([reply.board, reply.sequence, reply.returnCode]).toEqual([5, 1, 0x80]);
  });

  it("tells the version of each board, also when it is off", async () => {
    board(1).firmware = { major: 1, minor: 33, patch: 0 };
    const version = async (number: number) =>
      decodeVersion((await client.ask(versionCommand(number))).payload);
    expect(await version(0)).toMatchObject({
      board: 0,
      frame: 0,
      bufferBytes: 256,
      name: "BC&MP/Spin5-BMP",
      major: 2,
      minor: 1,
      patch: 2,
    });
    expect(await version(1)).toMatchObject({ board: 1, major: 1, minor: 33 });
  });

  it("answers a packet that is too short with bad length, and one too long not at all", async () => {
    client.sendBytes(Buffer.alloc(283));
    const short = Buffer.alloc(25);
    short.writeUInt16LE(0x4711, 12);
    client.sendBytes(short);
    expect((await client.replyTo(0x4711)).returnCode).toBe(0x81);
    client.sendBytes(Buffer.from([0]));
    expect((await client.replyTo(0)).returnCode).toBe(0x81);
    expect(client.replies).toHaveLength(2);
    expect(simulator.state().violations.lengths).toBe(3);
  });

  it("refuses what it does not know or must not do", async () => {
    const custom = (command: number, args: BmpCommand["args"], data = NO_DATA, number = 0) =>
      returnCode({ board: number, command, args, data });
    expect(await custom(99, [0, 0, 0])).toBe(0x83);
    expect(await custom(48, [6, 0, 0])).toBe(0x84);
    expect(await custom(57, [2, 1, 0])).toBe(0x84);
    expect(await custom(57, [1, 1, 0], NO_DATA, 1)).toBe(0x84);
    expect(await custom(17, [2, 4, 0])).toBe(0x84);
    expect(await custom(17, [0, 6, 0])).toBe(0x84);
    expect(await custom(17, [0, 4, 3])).toBe(0x84);
    expect(await custom(18, [0, 4, 0], Buffer.alloc(3))).toBe(0x81);
    expect(await returnCode(versionCommand(0), (packet) => packet.writeUInt8(0x20, 4))).toBe(0x85);
    expect(board(1).powered).toBe(false);
  });

  it("has no route to boards it never saw", async () => {
    expect(await returnCode(versionCommand(6))).toBe(0x87);
    expect(await returnCode(powerCommand(true, [0, 6]))).toBe(0x87);
    expect(await returnCode(ledCommand(23, 0, LedAction.on))).toBe(0x87);
    expect(board(0).powered).toBe(false);
  });

  it("does not answer a request that wants no reply, or is no request", async () => {
    client.send(powerCommand(true, [2]), (packet) => packet.writeUInt8(0x07, 2));
    client.send(powerCommand(true, [3]), (packet) => packet.writeUInt8(0x42, 2));
    await client.ask(versionCommand(0));
    expect(client.replies).toHaveLength(1);
    expect([board(2).powered, board(3).powered]).toEqual([true, false]);
    expect(simulator.state().violations.headers).toBe(2);
  });

  it("knows old firmware that has no FPGA access", async () => {
    board(1).firmware = { major: 1, minor: 33, patch: 0 };
    expect(await returnCode(fpgaReadCommand(1, 0, FLAG_REGISTER))).toBe(0x83);
  });
});

describe("a board", () => {
  it("shows the number of each FPGA when it is on, and all ones when it is off", async () => {
    expect(await read(4, 0, FLAG_REGISTER)).toBe(0xffffffff);
    await client.ask(powerCommand(true, [4]));
    const flags = [await read(4, 0, FLAG_REGISTER), await read(4, 1, FLAG_REGISTER)];
    flags.push(await read(4, 2, FLAG_REGISTER));
    expect(flags.map((flag) => flag & 3)).toEqual([0, 1, 2]);
  });

  it("keeps what is written until it is powered on again", async () => {
    await client.ask(powerCommand(true, [1]));
    await client.ask(fpgaWriteCommand(1, 2, stopRegister(1), 1));
    expect(await read(1, 2, stopRegister(1))).toBe(1);
    expect(await read(1, 2, stopRegister(0))).toBe(0);
    expect(board(1).stoppedLinks).toEqual([1]);
    await client.ask(powerCommand(true, [1]));
    expect(await read(1, 2, stopRegister(1))).toBe(0);
    expect(board(1).powerCycles).toBe(2);
  });

  it("that is off keeps nothing that is written", async () => {
    expect(await returnCode(fpgaWriteCommand(1, 0, stopRegister(0), 1))).toBe(0x80);
    await client.ask(powerCommand(true, [1]));
    expect(board(1).stoppedLinks).toEqual([]);
  });

  it("shows a wrong FPGA number after as many power-ons as told", async () => {
    board(0).showWrongFpga(1, 2);
    const flags: number[] = [];
    for (let powerOn = 0; powerOn < 3; powerOn++) {
      await client.ask(powerCommand(true, [0]));
      flags.push((await read(0, 1, FLAG_REGISTER)) & 3);
    }
    expect(flags).toEqual([2, 2, 1]);
  });

  it("has LEDs and a status", async () => {
    await client.ask(ledCommand(3, 7, LedAction.on));
    await client.ask(ledCommand(3, 1, LedAction.toggle));
    await client.ask(ledCommand(3, 7, LedAction.off));
    expect(board(3).leds).toBe(0b10);
    await client.ask(powerCommand(true, [3]));
    const status = decodeStatus((await client.ask(statusCommand(3))).payload);
    expect(status?.volts.volts1v8).toBeCloseTo(1.8, 2);
    expect(status?.boardTemperatures).toEqual([38.5, 37, null, null]);
  });
});
