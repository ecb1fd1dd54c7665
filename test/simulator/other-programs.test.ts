/** What other programs than this server ask of BMPs: memory, flash, FPGAs, and what a board is. */
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fpgaReadCommand, powerCommand, statusCommand } from "../../src/bmp/wire/commands.js";
import { stopRegister } from "../../src/bmp/wire/fpga.js";
import { NO_DATA } from "../../src/bmp/wire/packet.js";
import { encodeStatus } from "../../src/bmp/wire/status.js";
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../src/simulator/index.js";
import { bmpAddress, configurationOf, machineOf, TEST_PORT } from "../bmp/fixtures.js";
import { RawClient } from "./raw-client.js";

const NETWORK = 15;
const BMP = bmpAddress(NETWORK, 0);
const OK = 0x80;
const BAD_LENGTH = 0x81;
const UNKNOWN_COMMAND = 0x83;
const BAD_ARGUMENT = 0x84;

let simulator: Simulator;
let client: RawClient;

async function start(options: SimulatorOptions = {}): Promise<void> {
  const machine = machineOf(NETWORK, { width: 2, height: 1 });
  simulator = await startSimulator(configurationOf([machine]), { port: TEST_PORT, ...options });
  client = await RawClient.open(BMP, TEST_PORT);
}

afterEach(async () => {
  client.close();
  await simulator.close();
});

type Args = [number, number, number];
const ask = (command: number, args: Args, data = NO_DATA, board = 0) =>
  client.ask({ board, command, args, data });
const codeOf = async (...request: Parameters<typeof ask>) => (await ask(...request)).returnCode;

async function payloadOf(...request: Parameters<typeof ask>): Promise<Buffer> {
  const { returnCode, payload } = await ask(...request);
  expect(returnCode).toBe(OK);
  return payload;
}

describe("what a board is", () => {
  beforeEach(() => start());

  it("is told by hardware version, serial number and addresses in memory", async () => {
    const words = (payload: Buffer) =>
      Array.from({ length: payload.length / 4 }, (_, i) => payload.readUInt32LE(4 * i));
    const [version, ...rest] = words(await payloadOf(48, [0, 0, 0], NO_DATA, 1));
    expect(version).toBe(5);
    const serial = rest.slice(0, 4);
    expect(rest.slice(4)).toEqual([0x10000000, 0x10001100, 0x10000]);
    expect(words(await payloadOf(48, [0, 0, 0], NO_DATA, 1)).slice(1, 5)).toEqual(serial);
    expect(words(await payloadOf(48, [0, 0, 0], NO_DATA, 2)).slice(1, 5)).not.toEqual(serial);
  });

  it("includes which boards the CAN bus connects, a byte for each of 24", async () => {
    const payload = await payloadOf(48, [2, 0, 0]);
    expect([...payload]).toEqual([...Array(6).fill(1), ...Array(18).fill(0)]);
  });

  it("includes its IP addresses, those of the controller first, 8 bytes into 32", async () => {
    const addresses = async (board: number) => {
      const payload = await payloadOf(48, [4, 0, 0], NO_DATA, board);
      expect(payload).toHaveLength(64);
      return [payload.subarray(8, 12), payload.subarray(40, 44)].map((ip) => ip.join("."));
    };
    expect(await addresses(0)).toEqual([BMP, `10.22.${NETWORK}.0`]);
    expect(await addresses(3)).toEqual(["0.0.0.0", `10.22.${NETWORK}.3`]);
  });

  it.each([1, 5, 6, 0xffffffff])("is not told for kind %i of information", async (kind) => {
    expect(await codeOf(48, [kind, 0, 0])).toBe(BAD_ARGUMENT);
  });
});

describe("memory", () => {
  beforeEach(() => start());

  it("keeps what is written, board by board, until the BMP restarts", async () => {
    const data = Buffer.from("0123456789abcdef");
    expect(await codeOf(3, [0x10000ff8, 16, 2], data, 1)).toBe(OK);
    expect(await payloadOf(2, [0x10000ff8, 16, 2], NO_DATA, 1)).toEqual(data);
    expect(await payloadOf(2, [0x10000ffb, 3, 0], NO_DATA, 1)).toEqual(Buffer.from("345"));
    expect(await payloadOf(2, [0x10000ff8, 16, 2], NO_DATA, 2)).toEqual(Buffer.alloc(16));
    simulator.bmp(BMP).frame.restart(false);
    expect(await payloadOf(2, [0x10000ff8, 16, 2], NO_DATA, 1)).toEqual(Buffer.alloc(16));
  });

  it("shows the status of the board", async () => {
    await client.ask(powerCommand(true, [0]));
    const status = encodeStatus(simulator.board(BMP, 0).status);
    expect(await payloadOf(2, [0x10001100, 48, 2])).toEqual(status);
    expect((await client.ask(statusCommand(0))).payload).toEqual(status);
  });

  it.each([
    ["nothing", [0x10000000, 0, 0]],
    ["more than fits into a packet", [0x10000000, 257, 0]],
    ["words that are not aligned", [0x10000002, 4, 2]],
    ["half a word", [0x10000000, 6, 2]],
    ["half a half word", [0x10000000, 3, 1]],
    ["an unknown unit", [0x10000000, 4, 3]],
    ["where there is nothing", [0x50000000, 4, 2]],
    ["over the end of what is there", [0x7fffc, 8, 2]],
  ] as [string, Args][])("is not read or written: %s", async (_, args) => {
    expect(await codeOf(2, args)).toBe(BAD_ARGUMENT);
    expect(await codeOf(3, args, Buffer.alloc(Math.min(256, args[1])))).toBe(BAD_ARGUMENT);
  });

  it("is not written with more or less data than it says, nor where flash is", async () => {
    expect(await codeOf(3, [0x10000000, 8, 2], Buffer.alloc(4))).toBe(BAD_LENGTH);
    expect(await codeOf(3, [0x1000, 4, 2], Buffer.alloc(4))).toBe(BAD_ARGUMENT);
  });
});

describe("flash", () => {
  beforeEach(() => start());

  const sector = async (address: number): Promise<Buffer> => {
    const parts: Buffer[] = [];
    for (let at = 0; at < 4096; at += 256) parts.push(await payloadOf(2, [address + at, 256, 2]));
    return Buffer.concat(parts);
  };

  it("has the settings of the board, with their CRC in the last word", async () => {
    const settings = await sector(0x1000);
    expect(settings.readUInt32LE(4092)).toBe(~crc32(settings.subarray(0, 4092)) >>> 0);
    expect([...settings.subarray(0x28, 0x2c)].join(".")).toBe(BMP);
    expect([...settings.subarray(0xa8, 0xac)].join(".")).toBe(`10.22.${NETWORK}.0`);
  });

  it("is erased, and written from the buffer that the erasure names", async () => {
    const buffer = (await payloadOf(50, [0x3000, 0x4000, 0])).readUInt32LE(0);
    const data = Buffer.from(Array.from({ length: 4096 }, (_, i) => i % 251));
    for (let at = 0; at < 4096; at += 256) {
      expect(await codeOf(3, [buffer + at, 256, 2], data.subarray(at, at + 256))).toBe(OK);
    }
    expect(await codeOf(51, [0x3000, 4096, 1])).toBe(OK);
    expect(await sector(0x3000)).toEqual(data);
    expect(await codeOf(49, [0x10000, 0x3000, 4096])).toBe(OK);
    expect(await sector(0x10000)).toEqual(data);
    expect(await codeOf(50, [0x3000, 0x3001, 0])).toBe(OK);
    expect(await sector(0x3000)).toEqual(Buffer.alloc(4096, 0xff));
  });

  it("that is written without being erased only loses bits", async () => {
    for (const byte of [0xf0, 0x3c]) {
      await ask(3, [0x10000000, 256, 2], Buffer.alloc(256, byte));
      expect(await codeOf(51, [0x5000, 256, 0])).toBe(OK);
    }
    expect(await payloadOf(2, [0x5000, 4, 2])).toEqual(Buffer.alloc(4, 0x30));
  });

  it.each([
    [50, [0x1001, 0x2000, 0]],
    [50, [0x2000, 0x2000, 0]],
    [50, [0xf000, 0x18000, 0]],
    [50, [0x7f000, 0x81000, 0]],
    [51, [0x1000, 4095, 1]],
    [51, [0x1100, 4096, 1]],
    [49, [0x10000, 0x7f000, 0x2000]],
  ] as [number, Args][])("command %i with %j is refused", async (command, args) => {
    expect(await codeOf(command, args)).toBe(BAD_ARGUMENT);
  });
});

describe("the serial flash of a board", () => {
  beforeEach(() => start());

  it("is read, written and summed up, with addresses of its own", async () => {
    const data = Buffer.alloc(256, "bitfile ");
    expect(await codeOf(53, [0x200000, 256, 1], data, 2)).toBe(OK);
    // The last block of a file is shorter than it says.
    expect(await codeOf(53, [0x200100, 256, 1], data.subarray(0, 10), 2)).toBe(OK);
    expect(await payloadOf(53, [0x200000, 256, 0], NO_DATA, 2)).toEqual(data);
    expect(await payloadOf(53, [0x1ffffe, 4, 0], NO_DATA, 2)).toEqual(
      Buffer.from([0xff, 0xff, 0x62, 0x69]),
    );
    const file = Buffer.concat([data, data.subarray(0, 10)]);
    const crc = await payloadOf(53, [0x200000, 266, 2], NO_DATA, 2);
    expect(crc.readUInt32LE(0)).toBe(crc32(file));
    expect(await payloadOf(53, [0x200000, 4, 0], NO_DATA, 1)).toEqual(Buffer.alloc(4, 0xff));
  });

  it("is refused beyond its end, in unknown ways, and with more data than it says", async () => {
    expect(await codeOf(53, [0x800000, 1, 0])).toBe(BAD_ARGUMENT);
    expect(await codeOf(53, [0, 4, 3])).toBe(BAD_ARGUMENT);
    expect(await codeOf(53, [0, 257, 0])).toBe(BAD_ARGUMENT);
    expect(await codeOf(53, [0, 0, 2])).toBe(BAD_ARGUMENT);
    expect(await codeOf(53, [0, 4, 1], Buffer.alloc(8))).toBe(BAD_LENGTH);
  });
});

describe("an FPGA", () => {
  beforeEach(async () => {
    await start();
    await client.ask(powerCommand(true, [1]));
  });

  const STOP = stopRegister(0);
  const word = async (fpga: number, register: number) =>
    (await client.ask(fpgaReadCommand(1, fpga, register))).payload.readUInt32LE(0);
  const stop = () => ask(18, [STOP, 4, 0], Buffer.from([1, 0, 0, 0]), 1);

  it("has the version of its design, its flags and their neighbours in one read", async () => {
    const payload = await payloadOf(17, [0x40000, 16, 2], NO_DATA, 1);
    expect(payload).toHaveLength(16);
    expect(payload.readUInt32LE(0)).not.toBe(0);
    expect(payload.readUInt32LE(0)).toBe(await word(0, 0x40000));
    expect(payload.readUInt32LE(4) & 3).toBe(2);
    expect(payload.readUInt32LE(8)).toBe(0xffffffff);
  });

  it("takes several words at once", async () => {
    const words = Buffer.from("0001000002000000", "hex");
    expect(await codeOf(18, [0x40008, 8, 1], words, 1)).toBe(OK);
    expect(await payloadOf(17, [0x40008, 8, 1], NO_DATA, 1)).toEqual(words);
    expect(await codeOf(18, [0x40008, 8, 1], words.subarray(0, 4), 1)).toBe(BAD_LENGTH);
    expect(await codeOf(17, [0x40008, 6, 1], NO_DATA, 1)).toBe(BAD_ARGUMENT);
    expect(await codeOf(17, [0x40008, 0, 1], NO_DATA, 1)).toBe(BAD_ARGUMENT);
    expect(await codeOf(17, [0xffffc, 8, 1], NO_DATA, 1)).toBe(BAD_ARGUMENT);
  });

  it("keeps versions, flags and counters, whatever is written to them", async () => {
    for (const register of [0x40000, 0x40004, 0x00000, 0x10010]) {
      const before = await word(0, register);
      expect(await codeOf(18, [register, 4, 0], Buffer.alloc(4, 0x5a), 1)).toBe(OK);
      expect(await word(0, register)).toBe(before);
    }
  });

  it("opens its links when it is reset, and answers nothing while it is held", async () => {
    await stop();
    expect(simulator.board(BMP, 1).stoppedLinks).toEqual([0]);
    expect(await codeOf(56, [2, 2, 0], NO_DATA, 1)).toBe(OK);
    expect(simulator.board(BMP, 1).stoppedLinks).toEqual([]);
    expect(await word(0, 0x40004)).not.toBe(0xffffffff);
    const pin = async () => (await payloadOf(2, [0x2009c034, 4, 2], NO_DATA, 1)).readUInt32LE(0);
    expect((await pin()) >>> 14).toBe(0);
    await ask(56, [2, 1, 0], NO_DATA, 1);
    expect(await word(0, 0x40004)).toBe(0xffffffff);
    expect((await pin()) >>> 14).toBe(1);
    await ask(56, [2, 0, 0], NO_DATA, 1);
    expect((await word(0, 0x40004)) & 3).toBe(0);
  });

  it("is loaded from outside: it answers again after the reset at the end", async () => {
    expect(await codeOf(56, [1, 0b010, 0], NO_DATA, 1)).toBe(OK);
    expect([await word(0, 0x40004), await word(1, 0x40004)].map((flag) => flag & 3)).toEqual([
      0, 3,
    ]);
    expect(await codeOf(56, [0, 256, 0], Buffer.alloc(256), 1)).toBe(OK);
    expect(await codeOf(56, [0, 256, 0], Buffer.alloc(10), 1)).toBe(BAD_LENGTH);
    expect(await codeOf(56, [2, 2, 0], NO_DATA, 1)).toBe(OK);
    expect((await word(1, 0x40004)) & 3).toBe(1);
    expect(await codeOf(56, [1, 8, 0], NO_DATA, 1)).toBe(BAD_ARGUMENT);
    expect(await codeOf(56, [2, 3, 0], NO_DATA, 1)).toBe(BAD_ARGUMENT);
    expect(await codeOf(56, [3, 0, 0], NO_DATA, 1)).toBe(BAD_ARGUMENT);
  });

  it("is out of reach of old firmware", async () => {
    simulator.board(BMP, 1).firmware = { major: 1, minor: 33, patch: 0 };
    expect(await codeOf(56, [2, 2, 0], NO_DATA, 1)).toBe(UNKNOWN_COMMAND);
  });
});

describe("eager replies", () => {
  it("come before boards other than 0 are up", async () => {
    await start({ powerOnMs: 600_000, eagerReplies: true });
    expect((await client.ask(powerCommand(true, [1, 2]))).returnCode).toBe(OK);
    const flag = (await client.ask(fpgaReadCommand(1, 0, 0x40004))).payload;
    expect(flag.readUInt32LE(0)).toBe(0xffffffff);
    const board = simulator.board(BMP, 1);
    expect([board.powered, board.stoppedLinks]).toEqual([true, []]);
  });

  it("do not come for board 0, nor without the option", async () => {
    await start({ powerOnMs: 100, eagerReplies: true });
    await client.ask(powerCommand(true, [0, 1]));
    const flag = (await client.ask(fpgaReadCommand(1, 0, 0x40004))).payload;
    expect(flag.readUInt32LE(0) & 3).toBe(0);
    expect(simulator.board(BMP, 0).read(0, 0x40004) & 3).toBe(0);
  });
});
