import { afterEach, describe, expect, it } from "vitest";
import { CommandCode } from "../../src/bmp/wire/commands.js";
import { type BoardCoordinate, boardIndex, boardOfIndex } from "../../src/domain/board.js";
import {
  BmpServiceHarness,
  block,
  bmpAddress,
  MACHINE_ID,
  machineOf,
  NO_VIOLATIONS,
  QUICK_ORDERS,
  refuse,
  singleBoard,
} from "./fixtures.js";

const NETWORK = 2;
const BMP = bmpAddress(NETWORK, 0);
/** Longer than any test runs. */
const NEVER_MS = 600_000;

const FRAME = { width: 4, height: 2 };

let bench: BmpServiceHarness;

afterEach(() => bench.close());

function boardAt(index: number): BoardCoordinate {
  return boardOfIndex(index, FRAME);
}

/** Resolves when the condition holds. The test's own time limit ends the wait. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe("the queue of a frame", () => {
  it("powers 24 single-board jobs of one turn on with one command", async () => {
    bench = await BmpServiceHarness.start(machineOf(NETWORK, FRAME));
    const orders = Array.from({ length: 24 }, (_, index) =>
      bench.order("on", singleBoard(boardAt(index)), index),
    );
    expect(await Promise.all(orders)).toEqual(orders.map(() => []));
    expect(bench.commands(BMP, CommandCode.power)).toBe(1);
    expect(bench.commands(BMP, CommandCode.version)).toBe(1 + 24);
    expect(bench.commands(BMP, CommandCode.fpgaWrite)).toBe(24 * 6);
    expect(bench.violations).toEqual(NO_VIOLATIONS);
  });

  it("keeps the outcomes of jobs apart that share a command", async () => {
    bench = await BmpServiceHarness.start(machineOf(NETWORK, FRAME));
    bench.simulator.board(BMP, 1).showWrongFpga(1, Number.POSITIVE_INFINITY);
    const [good, bad, last] = await Promise.all([
      bench.order("on", singleBoard(boardAt(0)), 1),
      bench.order("on", singleBoard(boardAt(1)), 2),
      bench.order("on", singleBoard(boardAt(2)), 3),
    ]);
    expect([good, last]).toEqual([[], []]);
    expect(bad?.map(({ board }) => board)).toEqual([1]);
    expect(bench.finished[2]).toBe(2);
    expect(bench.simulator.board(BMP, 0).powerCycles).toBe(1);
  });

  it("gives each job its own command when the BMP refuses the common one", async () => {
    bench = await BmpServiceHarness.start(machineOf(NETWORK, FRAME));
    const power = { command: CommandCode.power, effect: refuse(0x84) };
    bench.simulator.bmp(BMP).faults.add({ ...power, times: 1 });
    const on = [0, 1].map((index) => bench.order("on", singleBoard(boardAt(index)), index));
    expect(await Promise.all(on)).toEqual([[], []]);
    expect(bench.commands(BMP, CommandCode.power)).toBe(3);
    bench.simulator.bmp(BMP).faults.add({ ...power, times: 1 });
    const off = [0, 1].map((index) => bench.order("off", singleBoard(boardAt(index)), index));
    expect(await Promise.all(off)).toEqual([[], []]);
    expect(bench.commands(BMP, CommandCode.power)).toBe(6);
  });

  it("carries orders of different kinds out in their order", async () => {
    bench = await BmpServiceHarness.start(machineOf(NETWORK, FRAME));
    await Promise.all([
      bench.order("on", singleBoard(boardAt(0)), 1),
      bench.order("off", singleBoard(boardAt(1)), 2),
      bench.order("on", singleBoard(boardAt(2)), 3),
      bench.order("on", singleBoard(boardAt(2)), 4),
    ]);
    expect(bench.finished).toEqual([1, 2, 3, 4]);
    expect(bench.commands(BMP, CommandCode.power)).toBe(4);
    expect(bench.simulator.board(BMP, 2).powerCycles).toBe(2);
  });

  it("does one request at a time", async () => {
    const shape = { width: 4, height: 3, boardsPerFrame: 6 };
    bench = await BmpServiceHarness.start(machineOf(NETWORK, shape), { powerOnMs: 20, replyMs: 1 });
    const orders = [0, 1, 2, 3].flatMap((x) => [
      bench.order("on", block(x, 0, 1, 3), x),
      bench.order("off", block(x, 0, 1, 3), 10 + x),
    ]);
    await Promise.all(orders);
    expect(bench.simulator.state().bmps).toHaveLength(6);
    expect(bench.violations).toEqual(NO_VIOLATIONS);
  });

  it("is one for two machines that share a BMP, by whichever name", async () => {
    const machine = machineOf(NETWORK, { width: 1, height: 1 });
    bench = await BmpServiceHarness.start(
      { ...machine, bmpIps: [[[3, 0], "127.0.0.1"]] },
      { powerOnMs: 20, replyMs: 1 },
    );
    const renamed = { ...machine, bmpIps: [[[3, 0], "localhost"] as const] as const };
    bench.service.addMachine(MACHINE_ID + 1, renamed as typeof machine);
    const orders = [bench.order("on", block(0, 0, 1, 1), 1)];
    bench.service.addMachine(MACHINE_ID, renamed as typeof machine);
    orders.push(bench.order("on", block(0, 0, 1, 1), 2));
    expect(await Promise.all(orders)).toEqual([[], []]);
    expect(bench.simulator.state().violations).toEqual(NO_VIOLATIONS);
    expect(bench.simulator.board("127.0.0.1", 0).powerCycles).toBe(2);
  });

  it("lets nothing overtake an order that waits for its retry", async () => {
    bench = await BmpServiceHarness.start(machineOf(NETWORK, FRAME));
    const power = { command: CommandCode.power, effect: refuse(0x84) };
    bench.simulator.bmp(BMP).faults.add({ ...power, times: 3 });
    bench.service.setTimes({ ...QUICK_ORDERS, settleMs: 1, retryMs: 50 });
    const first = bench.order("on", singleBoard(boardAt(0)), 1);
    await until(() => bench.commands(BMP, CommandCode.power) > 0);
    const second = bench.order("on", singleBoard(boardAt(1)), 2);
    expect(await Promise.all([first, second])).toEqual([[], []]);
    expect(bench.finished).toEqual([1, 2]);
  });
});

describe("a power-off", () => {
  it("drops power-ons of the same job that have not begun", async () => {
    bench = await BmpServiceHarness.start(machineOf(NETWORK, FRAME));
    bench.service.setTimes({ ...QUICK_ORDERS, settleMs: 1000, retryMs: 1 });
    const running = bench.order("on", singleBoard(boardAt(0)), 1);
    await until(() => bench.commands(BMP, CommandCode.power) === 1);
    const dropped = bench.order("on", singleBoard(boardAt(1)), 2);
    const kept = bench.order("on", singleBoard(boardAt(2)), 3);
    const off = bench.order("off", singleBoard(boardAt(1)), 2);
    expect(await Promise.all([running, dropped, kept, off])).toEqual([[], [], [], []]);
    const cycles = [0, 1, 2].map((board) => bench.simulator.board(BMP, board).powerCycles);
    expect(cycles).toEqual([1, 0, 1]);
  });

  it("leaves power-ons alone of boards that the same job got in place of its own", async () => {
    bench = await BmpServiceHarness.start(machineOf(NETWORK, FRAME));
    bench.service.setTimes({ ...QUICK_ORDERS, settleMs: 50, retryMs: 1 });
    // As a server that starts anew orders them: boards of jobs first, then those that go off.
    const waiting = bench.order("on", singleBoard(boardAt(1)), 2);
    const first = bench.order("off", singleBoard(boardAt(0)), 2);
    expect(await Promise.all([waiting, first])).toEqual([[], []]);
    expect(bench.simulator.board(BMP, 1).powered).toBe(true);
    const cut = bench.order("on", singleBoard(boardAt(2)), 3);
    await until(() => bench.commands(BMP, CommandCode.power) === 3);
    const later = bench.order("off", singleBoard(boardAt(0)), 3);
    expect(await Promise.all([cut, later])).toEqual([[], []]);
    expect(bench.simulator.board(BMP, 2).powered).toBe(true);
    expect(bench.commands(BMP, CommandCode.fpgaWrite)).toBe(2 * 6);
  });

  it("drops one that waits for its retry, at once", async () => {
    bench = await BmpServiceHarness.start(machineOf(NETWORK, FRAME));
    bench.service.setTimes({ ...QUICK_ORDERS, settleMs: 1, retryMs: NEVER_MS });
    bench.simulator.board(BMP, 0).showWrongFpga(0, Number.POSITIVE_INFINITY);
    const on = bench.order("on", singleBoard(boardAt(0)), 1);
    await until(() => bench.log.lines.some((line) => line.includes("trying again")));
    const off = bench.order("off", singleBoard(boardAt(0)), 1);
    expect(await Promise.all([on, off])).toEqual([[], []]);
    expect(bench.simulator.board(BMP, 0).powered).toBe(false);
  });

  it("cuts one short that is under way", async () => {
    bench = await BmpServiceHarness.start(machineOf(NETWORK, FRAME));
    bench.service.setTimes({ ...QUICK_ORDERS, settleMs: 1000, retryMs: NEVER_MS });
    bench.simulator.board(BMP, 0).showWrongFpga(0, Number.POSITIVE_INFINITY);
    const on = bench.order("on", singleBoard(boardAt(0)), 1);
    await until(() => bench.commands(BMP, CommandCode.power) === 1);
    const off = bench.order("off", singleBoard(boardAt(0)), 1);
    expect(await Promise.all([on, off])).toEqual([[], []]);
    expect(bench.simulator.board(BMP, 0).powerCycles).toBe(1);
    expect(bench.commands(BMP, CommandCode.fpgaWrite)).toBe(0);
  });
});

describe("a BMP that comes back before the retry", () => {
  it("does what it was ordered", async () => {
    bench = await BmpServiceHarness.start(machineOf(NETWORK, FRAME));
    bench.service.setTimes({ ...QUICK_ORDERS, replyMs: 50, retryMs: 200 });
    const bmp = bench.simulator.bmp(BMP);
    bmp.faults.silent = true;
    const order = bench.order("on", block(0, 0, 4, 2), 1);
    await until(() => bench.log.lines.some((line) => line.includes("trying again")));
    bmp.faults.silent = false;
    expect(await order).toEqual([]);
    const states = bench.simulator.state().bmps[0]!.boards;
    expect(states.every(({ powered }) => powered)).toBe(true);
    expect(states.map(({ x, y, z }) => boardIndex([x, y, z], FRAME))).toHaveLength(24);
  });
});
