import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { CommandCode } from "../../src/bmp/wire/commands.js";
import type { Allocation } from "../../src/domain/allocation.js";
import { boardsOf, peripheryOf } from "../../src/domain/allocation.js";
import { boardIndex } from "../../src/domain/board.js";
import { ALL_LINKS, otherEnd } from "../../src/domain/links.js";
import type { BoardState } from "../../src/simulator/index.js";
import {
  BmpServiceHarness,
  block,
  bmpAddress,
  MACHINE_ID,
  type MachineShape,
  machineOf,
  NO_VIOLATIONS,
  QUICK_ORDERS,
  refuse,
  singleBoard,
} from "./fixtures.js";

const NETWORK = 1;
const BMP = bmpAddress(NETWORK, 0);
const OTHER_BMP = bmpAddress(NETWORK, 1);

let bench: BmpServiceHarness;

async function start(
  shape: MachineShape,
  ...options: Parameters<typeof BmpServiceHarness.start> extends [unknown, ...infer Rest]
    ? Rest
    : never
): Promise<BmpServiceHarness> {
  bench = await BmpServiceHarness.start(machineOf(NETWORK, shape), ...options);
  return bench;
}

afterEach(() => bench.close());

function allBoards(): BoardState[] {
  return bench.simulator.state().bmps.flatMap(({ boards }) => boards);
}

function poweredBoards(): number[] {
  return allBoards()
    .filter(({ powered }) => powered)
    .map(({ x, y, z }) => boardIndex([x, y, z], bench.machine))
    .sort((a, b) => a - b);
}

function indices(allocation: Allocation): number[] {
  return boardsOf(allocation, bench.machine)
    .map((board) => boardIndex(board, bench.machine))
    .sort((a, b) => a - b);
}

describe("a power-on", () => {
  it("powers the boards of the allocation and stops exactly its periphery and its dead links", async () => {
    await start({ width: 3, height: 3, boardsPerFrame: 7 });
    const deadLink = fc
      .tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.constantFrom(...ALL_LINKS))
      .map(([x, y, z, link]) => [x, y, z, link] as const);
    await fc.assert(
      fc.asyncProperty(
        fc.array(deadLink, { maxLength: 8 }),
        fc.oneof(
          fc
            .tuple(fc.nat(2), fc.nat(2), fc.constantFrom(0, 1, 2))
            .map(([x, y, z]) => singleBoard([x, y, z])),
          fc
            .tuple(
              fc.nat(2),
              fc.nat(2),
              fc.integer({ min: 1, max: 3 }),
              fc.integer({ min: 1, max: 3 }),
            )
            .map(([x, y, width, height]) => block(x, y, width, height)),
        ),
        async (deadLinks, allocation) => {
          bench.service.addMachine(MACHINE_ID, { ...bench.machine, deadLinks });
          expect(await bench.order("on", allocation)).toEqual([]);
          expect(poweredBoards()).toEqual(indices(allocation));
          const stopped = allBoards().flatMap(({ x, y, z, stoppedLinks }) =>
            stoppedLinks.map((link) => [x, y, z, link].join()),
          );
          const members = indices(allocation);
          const bothEnds = deadLinks.flatMap(([x, y, z, link]) => {
            const [otherBoard, otherLink] = otherEnd([x, y, z], link, bench.machine);
            return [
              [x, y, z, link],
              [...otherBoard, otherLink],
            ];
          });
          const dead = bothEnds.filter(([x, y, z]) =>
            members.includes(boardIndex([x!, y!, z!], bench.machine)),
          );
          const periphery = peripheryOf(allocation, bench.machine).map(([board, link]) => [
            ...board,
            link,
          ]);
          const expected = new Set([...periphery, ...dead].map((each) => each.join()));
          expect(stopped.sort()).toEqual([...expected].sort());
          expect(await bench.order("off", allocation)).toEqual([]);
          expect(poweredBoards()).toEqual([]);
        },
      ),
      { numRuns: 25 },
    );
    expect(bench.violations).toEqual(NO_VIOLATIONS);
  });

  it("resets boards that are on, and opens links that are no periphery any more", async () => {
    await start({ width: 1, height: 1 });
    await bench.order("on", singleBoard([0, 0, 1]));
    await bench.order("on", block(0, 0, 1, 1));
    const board = bench.simulator.board(BMP, 1);
    expect([board.powerCycles, board.powered, board.stoppedLinks]).toEqual([2, true, []]);
  });

  it("cycles only the board that did not come up", async () => {
    await start({ width: 1, height: 1 });
    bench.simulator.board(BMP, 1).showWrongFpga(2, 1);
    expect(await bench.order("on", block(0, 0, 1, 1))).toEqual([]);
    expect(allBoards().map(({ powerCycles }) => powerCycles)).toEqual([1, 2, 1]);
    expect(bench.log.lines).toEqual([
      `warn board [0, 0, 1] of machine m1 (cabinet 3, frame 0, board 1, BMP ${BMP}): ` +
        "FPGA 2 has id 3 instead of 2 (its flag register reads 0x5a5a5a53; if that is right, see fpgaIds); power cycle 2 of 3",
    ]);
  });

  it("names a board that never comes up, after three cycles, twice", async () => {
    await start({ width: 2, height: 1 });
    bench.simulator.board(BMP, 4).showWrongFpga(0, Number.POSITIVE_INFINITY);
    const failures = await bench.order("on", block(0, 0, 2, 1));
    expect(failures).toEqual([
      {
        board: 4,
        reason:
          "not up after 3 power cycles: " +
          "FPGA 0 has id 1 instead of 0 (its flag register reads 0x5a5a5a51; if that is right, see fpgaIds)",
      },
    ]);
    expect(allBoards().map(({ powerCycles }) => powerCycles)).toEqual([2, 2, 2, 2, 6, 2]);
    const outcomeLines = bench.log.lines.filter((line) => line.includes("job 1: power-on of"));
    const failed =
      "job 1: power-on of board [1, 0, 1] of machine m1 " +
      `(cabinet 3, frame 0, board 4, BMP ${BMP}) failed: ${failures[0]?.reason}`;
    expect(outcomeLines).toEqual([
      `warn ${failed}; trying again in 0.001 s`,
      `error ${failed}; not trying again: the board goes into quarantine`,
    ]);
  });

  it("names a board that is not there", async () => {
    await start({ width: 1, height: 1 });
    const version = { command: CommandCode.version, board: 2, effect: refuse(0x89) };
    bench.simulator.bmp(BMP).faults.add({ ...version, times: Number.POSITIVE_INFINITY });
    const failures = await bench.order("on", block(0, 0, 1, 1));
    expect(failures.map(({ board }) => board)).toEqual([2]);
    expect(failures[0]?.reason).toContain(
      "not up after 3 power cycles: its version could not be read: dead",
    );
  });

  it("names the board and link that could not be stopped", async () => {
    await start({ width: 2, height: 1 });
    const write = { command: CommandCode.fpgaWrite, board: 1, effect: refuse(0x84) };
    bench.simulator.bmp(BMP).faults.add({ ...write, times: 2 });
    const failures = await bench.order("on", singleBoard([0, 0, 1]));
    expect(failures).toHaveLength(1);
    expect(failures[0]?.reason).toMatch(/^its east link could not be stopped: bad argument/);
  });

  it("succeeds at its second try as a whole when a passing fault is over", async () => {
    await start({ width: 2, height: 1 });
    const write = { command: CommandCode.fpgaWrite, board: 1, effect: refuse(0x84) };
    bench.simulator.bmp(BMP).faults.add({ ...write, times: 1 });
    expect(await bench.order("on", singleBoard([0, 0, 1]))).toEqual([]);
    const board = bench.simulator.board(BMP, 1);
    expect(board.powerCycles).toBe(2);
    expect(board.stoppedLinks).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("is done again with its check when its reply is lost, and never blindly", async () => {
    await start({ width: 1, height: 1 });
    bench.service.setTimes({ ...QUICK_ORDERS, powerOnMs: 100 });
    const { faults } = bench.simulator.bmp(BMP);
    faults.add({ command: CommandCode.power, times: 1, effect: { effect: "loseReply" } });
    expect(await bench.order("on", block(0, 0, 1, 1))).toEqual([]);
    expect(allBoards().map(({ powerCycles }) => powerCycles)).toEqual([2, 2, 2]);
    expect(bench.commands(BMP, CommandCode.power)).toBe(2);
  });

  it("writes no links on boards with firmware before version 2, and does not read their FPGAs", async () => {
    await start({ width: 1, height: 1 });
    for (const number of [0, 1, 2]) {
      bench.simulator.board(BMP, number).firmware = { major: 1, minor: 33, patch: 0 };
    }
    expect(await bench.order("on", singleBoard([0, 0, 1]))).toEqual([]);
    expect(bench.commands(BMP, CommandCode.fpgaRead)).toBe(0);
    expect(bench.commands(BMP, CommandCode.fpgaWrite)).toBe(0);
  });

  it("gets through on a network that loses, repeats and delays packets", async () => {
    await start({ width: 2, height: 2, boardsPerFrame: 6 }, { seed: 7 });
    bench.service.setTimes({ ...QUICK_ORDERS, powerOnMs: 100, replyMs: 100 });
    for (const host of [BMP, OTHER_BMP]) {
      const { faults } = bench.simulator.bmp(host);
      faults.requests = { loss: 0.05, duplication: 0.05, maxDelayMs: 3 };
      faults.replies = { loss: 0.05, duplication: 0.05, maxDelayMs: 3 };
    }
    expect(await bench.order("on", block(0, 0, 2, 1))).toEqual([]);
    expect(poweredBoards()).toEqual(indices(block(0, 0, 2, 1)));
  });
});

describe("a power-on that is answered before its boards are up", () => {
  it.each([false, true])(
    "waits until they have settled, and powers none twice; eager: %s",
    async (eagerReplies) => {
      await start({ width: 1, height: 1 }, { powerOnMs: 200, eagerReplies });
      bench.service.setTimes({ ...QUICK_ORDERS, settleMs: 1_000 });
      expect(await bench.order("on", singleBoard([0, 0, 1]), 1)).toEqual([]);
      expect(await bench.order("on", singleBoard([0, 0, 2]), 2)).toEqual([]);
      expect(await bench.order("on", singleBoard([0, 0, 0]), 3)).toEqual([]);
      expect(allBoards().map(({ powerCycles }) => powerCycles)).toEqual([1, 1, 1]);
      expect(allBoards().map(({ stoppedLinks }) => stoppedLinks.length)).toEqual([6, 6, 6]);
      expect(bench.violations).toEqual(NO_VIOLATIONS);
    },
  );

  it("waits for FPGAs that take longer to load than the boards to settle", async () => {
    await start({ width: 1, height: 1 }, { powerOnMs: 300, eagerReplies: true });
    expect(await bench.order("on", singleBoard([0, 0, 1]))).toEqual([]);
    const { powerCycles, stoppedLinks } = bench.simulator.board(BMP, 1);
    expect([powerCycles, stoppedLinks.length]).toEqual([1, 6]);
  });

  it("waits for them in a self-test, too", async () => {
    await start({ width: 1, height: 1 }, { powerOnMs: 300, eagerReplies: true });
    expect(await bench.order("test", singleBoard([0, 0, 2]))).toEqual([]);
    expect(bench.simulator.board(BMP, 2).powerCycles).toBe(1);
  });

  it("does not wait for them for longer than a power-on may take", async () => {
    await start({ width: 1, height: 1 }, { powerOnMs: 600_000, eagerReplies: true });
    bench.service.setTimes({ ...QUICK_ORDERS, powerOnMs: 150 });
    const [failure] = await bench.order("on", singleBoard([0, 0, 1]));
    expect(failure?.reason).toBe(
      "not up after 3 power cycles: " +
        "FPGA 0 is not loaded (its flag register reads 0xffffffff), though the board is on",
    );
  });
});

describe("a power-off", () => {
  it("leaves links and other boards alone and is one command per frame", async () => {
    await start({ width: 2, height: 1 });
    await bench.order("on", block(0, 0, 2, 1));
    expect(await bench.order("off", block(1, 0, 1, 1))).toEqual([]);
    expect(poweredBoards()).toEqual([0, 1, 2]);
    expect(bench.commands(BMP, CommandCode.power)).toBe(2);
  });

  it("is repeated until it is answered", async () => {
    await start({ width: 1, height: 1 });
    bench.service.setTimes({ ...QUICK_ORDERS, replyMs: 100 });
    await bench.order("on", block(0, 0, 1, 1));
    bench.simulator
      .bmp(BMP)
      .faults.add({ command: CommandCode.power, times: 2, effect: { effect: "loseReply" } });
    expect(await bench.order("off", block(0, 0, 1, 1))).toEqual([]);
    expect(poweredBoards()).toEqual([]);
  });

  it("that fails names every board that may still be on", async () => {
    await start({ width: 1, height: 1 });
    const power = { command: CommandCode.power, effect: refuse(0x8c) };
    bench.simulator.bmp(BMP).faults.add({ ...power, times: 2 });
    const failures = await bench.order("off", block(0, 0, 1, 1));
    expect(failures.map(({ board }) => board)).toEqual([0, 1, 2]);
    expect(failures[2]?.reason).toBe("the power-off failed: rejected (0x8c)");
  });
});

describe("a silent BMP", () => {
  it("fails the boards of its own frame and delays no other", async () => {
    await start({ width: 2, height: 1, boardsPerFrame: 3 });
    bench.service.setTimes({ ...QUICK_ORDERS, replyMs: 100 });
    bench.simulator.bmp(BMP).faults.silent = true;
    const behindSilence = bench.order("on", block(0, 0, 2, 1), 1, 101);
    const other = bench.order("on", block(1, 0, 1, 1), 2, 102);
    expect(await other).toEqual([]);
    const failures = await behindSilence;
    expect(bench.finished).toEqual([102, 101]);
    expect(failures.map(({ board }) => board)).toEqual([0, 1, 2]);
    expect(failures[0]?.reason).toBe(
      "its BMP does not answer: no reply to any of 5 requests within 0.1 s",
    );
  });

  it("is reported once when it falls silent and once when it is back", async () => {
    await start({ width: 1, height: 1 });
    bench.service.setTimes({ ...QUICK_ORDERS, replyMs: 50 });
    const { faults } = bench.simulator.bmp(BMP);
    faults.silent = true;
    await bench.order("off", block(0, 0, 1, 1));
    await bench.order("off", block(0, 0, 1, 1));
    faults.silent = false;
    await bench.order("off", block(0, 0, 1, 1));
    await bench.order("off", block(0, 0, 1, 1));
    const about = bench.log.lines.filter((line) =>
      /has not answered since|answers again/.test(line),
    );
    expect(about).toHaveLength(2);
    expect(about[0]).toMatch(
      /^error machine m1, cabinet 3, frame 0: BMP \S+ has not answered since 20.*: no reply to any of 5 requests/,
    );
    expect(about[1]).toMatch(/^warn .* answers again, after \d+ s of silence$/);
  });

  it("fails at once where nobody listens, and where its name is not known", async () => {
    const machine = machineOf(NETWORK, { width: 2, height: 1, boardsPerFrame: 3 });
    bench = await BmpServiceHarness.start({ ...machine, bmpIps: [] });
    const nowhere: typeof machine.bmpIps = [
      [[3, 0], bmpAddress(NETWORK, 99)],
      [[3, 1], "bmp.invalid"],
    ];
    bench.service.addMachine(1, { ...machine, bmpIps: nowhere });
    const failures = await bench.order("on", block(0, 0, 2, 1));
    expect(failures.map(({ board }) => board).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    const reasonOf = (index: number) => failures.find(({ board }) => board === index)?.reason;
    expect(reasonOf(0)).toMatch(
      /^its BMP does not answer: no reply to any of 5 requests: .* nothing listens .* \(ECONNREFUSED\)$/,
    );
    expect(reasonOf(3)).toContain("host name bmp.invalid could not be resolved");
  });

  it("is not blamed for boards that the configuration gives no position", async () => {
    const machine = machineOf(NETWORK, { width: 1, height: 1 });
    bench = await BmpServiceHarness.start({ ...machine, boardLocations: [] });
    const failures = await bench.order("on", block(0, 0, 1, 1));
    expect(failures.map(({ reason }) => reason)[1]).toBe(
      "the configuration gives no position for it",
    );
  });
});
