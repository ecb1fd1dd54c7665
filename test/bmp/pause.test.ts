/** The pause between off and on, at the wire: the simulator counts each board that is powered on too soon. */

import { afterEach, describe, expect, it } from "vitest";
import { CommandCode } from "../../src/bmp/wire/commands.js";
import {
  BmpServiceHarness,
  block,
  bmpAddress,
  machineOf,
  NO_VIOLATIONS,
  QUICK_ORDERS,
  refuse,
  singleBoard,
} from "./fixtures.js";

const NETWORK = 15;
const BMP = bmpAddress(NETWORK, 0);
const PAUSE_MS = 150;
/** Longer than any test runs. */
const NEVER_MS = 600_000;
const ALWAYS = Number.POSITIVE_INFINITY;

const FIRST = singleBoard([0, 0, 0]);
const SECOND = singleBoard([0, 0, 1]);
const ALL = block(0, 0, 1, 1);

let bench: BmpServiceHarness;

async function start(pauseMs = PAUSE_MS): Promise<void> {
  const machine = machineOf(NETWORK, { width: 1, height: 1 });
  bench = await BmpServiceHarness.start(machine, { pauseMs });
  bench.service.setTimes({ ...QUICK_ORDERS, powerOnMs: 100, replyMs: 100, pauseMs });
}

afterEach(async () => {
  const { violations } = bench;
  bench.service.setTimes({ ...QUICK_ORDERS, pauseMs: 0 });
  await bench.close();
  expect(violations).toEqual(NO_VIOLATIONS);
});

const board = (number: number) => bench.simulator.board(BMP, number);
const cycles = () => [0, 1, 2].map((number) => board(number).powerCycles);

/** The power commands sent, in order: which boards go on, or off. */
function powerCommands(): string[] {
  return bench.simulator.packets
    .after(0)
    .filter(({ direction, command }) => direction === "request" && command === "power")
    .map(({ args: [state, mask] }) => {
      const boards = [0, 1, 2].filter((number) => ((mask! >>> number) & 1) === 1);
      return `${boards} ${state === 1 ? "on" : "off"}`;
    });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe("boards stay off for the pause", () => {
  it("when a job switches them off and on again", async () => {
    await start();
    await bench.order("on", ALL);
    await bench.order("off", ALL);
    expect(await bench.order("on", ALL)).toEqual([]);
    expect(powerCommands()).toEqual(["0,1,2 on", "0,1,2 off", "0,1,2 on"]);
  });

  it("in the power cycle of a board that came up wrong, and only that board", async () => {
    await start();
    board(1).showWrongFpga(2, 2);
    expect(await bench.order("on", ALL)).toEqual([]);
    expect(powerCommands()).toEqual(["0,1,2 on", "1 off", "1 on", "1 off", "1 on"]);
    expect(bench.log.lines[0]).toMatch(
      /reads 0x5a5a5a53; if that is right, see fpgaIds\); power cycle 2 of 3 in 0\.[12] s$/,
    );
  });

  it("before a power-on is tried again as a whole", async () => {
    await start();
    board(1).showWrongFpga(2, 3);
    expect(await bench.order("on", ALL)).toEqual([]);
    expect(powerCommands().slice(-2)).toEqual(["1 off", "0,1,2 on"]);
    expect(cycles()).toEqual([2, 4, 2]);
  });

  it("whose power-off was not answered, or was refused", async () => {
    await start();
    await bench.order("on", ALL);
    const power = { command: CommandCode.power, on: false };
    bench.simulator.bmp(BMP).faults.add({ ...power, times: 9, effect: { effect: "loseReply" } });
    bench.simulator.bmp(BMP).faults.add({ ...power, times: 1, effect: refuse(0x8c) });
    expect(await bench.order("off", ALL)).toHaveLength(3);
    expect(await bench.order("on", ALL)).toEqual([]);
  });

  it("between self-tests, and between a self-test and a job", async () => {
    await start();
    for (let tests = 0; tests < 2; tests++)
      await bench.submit({ action: "test", allocation: FIRST });
    expect(await bench.order("on", FIRST)).toEqual([]);
    expect(cycles()).toEqual([3, 0, 0]);
  });

  it("that were found off", async () => {
    await start();
    await bench.order("on", ALL);
    board(2).shutDown(Date.now(), 1);
    expect(await bench.order("check", ALL)).toHaveLength(1);
    expect(await bench.order("on", singleBoard([0, 0, 2]))).toEqual([]);
  });

  it("that another server may have powered off just before this one started", async () => {
    await start();
    board(0).powerOn(Date.now());
    board(0).powerOff(Date.now());
    const { failures } = await bench.submit({
      action: "on",
      allocation: FIRST,
      jobId: 1,
      resumed: true,
    });
    expect(failures).toEqual([]);
  });
});

describe("a power-on that waits for the pause", () => {
  it("delays no other board of the frame", async () => {
    await start(NEVER_MS);
    await bench.order("on", FIRST, 1);
    await bench.order("off", FIRST, 1);
    void bench.order("on", FIRST, 1);
    expect(await bench.order("on", SECOND, 2)).toEqual([]);
    expect(await bench.order("off", SECOND, 2)).toEqual([]);
    expect(cycles()).toEqual([1, 1, 0]);
  });

  it("is not overtaken by what is to be done with its boards after it", async () => {
    await start();
    await bench.order("on", ALL, 1);
    await bench.order("off", ALL, 1);
    const finished = Promise.all([
      bench.order("on", ALL, 1, 11),
      bench.order("check", ALL, 1, 12),
      bench.order("off", SECOND, 2, 13),
    ]);
    expect((await finished)[1], "on by then").toEqual([]);
    expect(bench.finished.slice(-3)).toEqual([11, 12, 13]);
  });

  it("is dropped at once by a power-off of its job", async () => {
    await start(NEVER_MS);
    await bench.order("on", ALL, 1);
    await bench.order("off", ALL, 1);
    const on = bench.order("on", ALL, 1);
    expect(await bench.order("off", ALL, 1)).toEqual([]);
    expect(await on).toEqual([]);
    expect(cycles()).toEqual([1, 1, 1]);
  });

  it("is dropped as well in the middle of a power cycle", async () => {
    await start(NEVER_MS);
    board(1).showWrongFpga(0, ALWAYS);
    const on = bench.order("on", ALL, 1);
    await until(() => powerCommands().length === 2);
    expect(await bench.order("off", ALL, 1)).toEqual([]);
    expect(await on).toEqual([]);
    expect(cycles()).toEqual([1, 1, 1]);
  });

  it("comes as soon as a reload makes the pause shorter", async () => {
    await start();
    bench.service.setTimes({ ...QUICK_ORDERS, pauseMs: NEVER_MS });
    await bench.order("on", ALL);
    await bench.order("off", ALL);
    const on = bench.order("on", ALL);
    bench.service.setTimes({ ...QUICK_ORDERS, pauseMs: PAUSE_MS });
    expect(await on).toEqual([]);
  });
});
