/** Quarantine and boards that are unexpectedly off: engine, BMP layer and simulated BMPs together. */

import { afterEach, describe, expect, it } from "vitest";
import { CommandCode } from "../../src/bmp/wire/commands.js";
import type { ConfigurationDescription } from "../../src/config/description.js";
import { OPERATOR } from "../../src/engine/contract/actors.js";
import { CLIENT } from "../support/actors.js";
import { releaseBoards } from "../support/release.js";
import { EngineBmpHarness } from "./engine-bmp-harness.js";
import { bmpAddress, machineOf, NO_VIOLATIONS, refuse } from "./fixtures.js";

const NETWORK = 6;
const BMP = bmpAddress(NETWORK, 0);
const ALWAYS = Number.POSITIVE_INFINITY;
const BUSY_TESTING = { secondsBetweenSelfTests: 0.02 };
const WATCHED = { secondsBetweenHealthChecks: 0.06 };

let world: EngineBmpHarness;

async function start(configuration: Partial<ConfigurationDescription>, width = 1) {
  world = await EngineBmpHarness.start(machineOf(NETWORK, { width, height: 1 }), { configuration });
}

afterEach(async () => {
  const { violations } = world.simulator.state();
  await world.close();
  expect(violations).toEqual(NO_VIOLATIONS);
});

const board = (number: number) => world.simulator.board(BMP, number);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const cycles = () => world.simulator.bmp(BMP).frame.boards.map((each) => each.powerCycles);
const events = () => world.engine.operator.quarantine()[0]?.history.map(({ kind }) => kind);

/** Has board 1 fail a job that needs it, and takes the job away. */
async function failBoard1(): Promise<void> {
  board(1).showWrongFpga(0, ALWAYS);
  const id = await world.create(3);
  await world.until(() => world.quarantinedBoards.length > 0);
  world.engine.destroy(id, null, CLIENT);
}

describe("a board that failed", () => {
  it("stays in quarantine as long as it fails its self-tests, however much time passes", async () => {
    await start(BUSY_TESTING);
    await failBoard1();
    await world.until(() => (world.quarantined[0]?.testsFailed ?? 0) >= 4);
    expect(world.quarantined[0]).toMatchObject({ board: 1, cause: "board", testsPassed: 0 });
    expect(world.quarantined[0]?.reason).toContain("FPGA 0 has id 1 instead of 0");
  });

  it("is released when it has passed self-tests in a row, and then serves jobs", async () => {
    await start({ ...BUSY_TESTING, selfTestsToRelease: 3 });
    await failBoard1();
    await world.until(() => (world.quarantined[0]?.testsFailed ?? 0) >= 1);
    board(1).heal();
    await world.until(() => world.quarantined.length === 0);
    expect(events()?.slice(-4)).toEqual(["test passed", "test passed", "test passed", "released"]);
    await world.settle();
    expect(board(1).powered).toBe(false);
    const id = await world.create(3);
    await world.ready(id);
  });

  it("keeps its history over restarts, and is tested on", async () => {
    await start({ secondsBetweenSelfTests: 0.3 });
    await failBoard1();
    await world.settle();
    world.kill();
    world.startServer();
    expect(world.quarantined[0]).toMatchObject({ board: 1, occurrences: 1 });
    expect(events()).toEqual(["quarantined"]);
    board(1).heal();
    await world.until(() => (world.quarantined[0]?.testsPassed ?? 0) >= 1);
  });

  it("is not tested at the cost of others: the test gives way to a job", async () => {
    await start({ ...BUSY_TESTING, secondsToSettle: 0.01 });
    board(1).showWrongFpga(0, 6);
    const failing = await world.create(3);
    await world.until(() => world.quarantinedBoards.length > 0);
    world.engine.destroy(failing, null, CLIENT);
    await world.settle();
    world.engine.reconfigure({ ...world.configuration, ...BUSY_TESTING, secondsToSettle: 5 });
    while (!board(1).powered) await pause(5);
    const begun = performance.now();
    world.engine.reconfigure({
      ...world.configuration,
      secondsBetweenSelfTests: 0,
      secondsToSettle: 0,
    });
    const id = await world.create(1);
    await world.ready(id);
    expect(performance.now() - begun).toBeLessThan(4_000);
    expect(board(1).powered).toBe(false);
    expect(world.quarantined[0]).toMatchObject({ board: 1, testsPassed: 0, mayBeOn: false });
  });
});

describe("an operator", () => {
  it("quarantines a board that no self-test releases, and releases it", async () => {
    await start({ ...BUSY_TESTING, selfTestsToRelease: 1 });
    world.engine.operator.quarantineBoards("m6", [2], "it smells", OPERATOR);
    const large = await world.create(3);
    const small = await world.create(1);
    await world.ready(small);
    await pause(150);
    expect(world.quarantinedBoards).toEqual([2]);
    expect(board(2).powerCycles).toBe(0);
    expect(world.fate(large)).toBe("queued");
    world.engine.destroy(small, null, CLIENT);
    expect(releaseBoards(world.engine.operator, "m6", [0, 1, 2], "a new fan")).toEqual([2]);
    await world.ready(large);
    expect(events()).toEqual(["quarantined", "released"]);
  });
});

describe("a board whose power-off failed", () => {
  it("counts as on, through a restart, until a power-off succeeds", async () => {
    await start({ secondsBetweenSelfTests: 300 });
    const id = await world.create(3);
    await world.ready(id);
    const power = { command: CommandCode.power, on: false };
    world.simulator.bmp(BMP).faults.add({ ...power, times: ALWAYS, effect: refuse(0x8c) });
    world.engine.destroy(id, null, CLIENT);
    await world.settle();
    expect(world.quarantined.map(({ mayBeOn }) => mayBeOn)).toEqual([true, true, true]);
    const next = await world.create(1);
    expect(world.fate(next)).toBe("queued");

    world.simulator.bmp(BMP).faults.heal();
    world.kill();
    world.startServer();
    await world.settle();
    expect(world.powered).toEqual([]);
    expect(world.quarantined.map(({ mayBeOn }) => mayBeOn)).toEqual([false, false, false]);
  });

  it("comes back soon after its BMP does, when it was the BMP that was silent", async () => {
    await start({ ...WATCHED, secondsBetweenSelfTests: 300 });
    const id = await world.create(3);
    await world.ready(id);
    world.simulator.bmp(BMP).faults.silent = true;
    world.engine.destroy(id, null, CLIENT);
    await world.until(() => world.quarantinedBoards.length === 3);
    world.simulator.bmp(BMP).faults.silent = false;
    const next = await world.create(3);
    await world.ready(next);
    expect(world.quarantinedBoards).toEqual([]);
  });
});

describe("a board of a job that is unexpectedly off", () => {
  it("by itself is noticed and powered on again, alone, while the job is in state power", async () => {
    await start(WATCHED, 2);
    const id = await world.create(3);
    await world.ready(id);
    const before = cycles();
    const off = world.boardsOf(id)[0]!;
    board(off).shutDown(Date.now(), 1);
    await world.until(() => world.fate(id) === "power");
    await world.ready(id);
    expect(cycles()).toEqual(before.map((count, number) => count + (number === off ? 1 : 0)));
    expect(board(off).stoppedLinks.length).toBeGreaterThan(0);
    expect(world.quarantinedBoards).toEqual([]);
  });

  it("again and again ends the job and is quarantined", async () => {
    await start(WATCHED);
    const id = await world.create(3);
    await world.ready(id);
    for (let shutdown = 1; shutdown <= 2; shutdown++) {
      board(1).shutDown(Date.now(), 1);
      await world.until(() => world.fate(id) === "power");
      await world.ready(id);
    }
    board(1).shutDown(Date.now(), 1);
    await world.until(() => world.fate(id).startsWith("destroyed"));
    expect(world.fate(id)).toContain("board [0, 0, 1] of machine m6 (cabinet 3, frame 0, board 1,");
    expect(world.quarantinedBoards).toEqual([1]);
  });

  it("while the server was down is found at the next start; the others are not reset", async () => {
    await start({}, 2);
    const job = await world.create(3);
    const single = await world.create(1);
    await world.ready(job);
    await world.ready(single);
    const before = cycles();
    const [off] = world.boardsOf(job);
    const [reset] = world.boardsOf(single);
    world.kill();
    board(off!).powerOff(Date.now());
    // Off and on again by hand: up, but with its periphery open.
    board(reset!).powerOff(Date.now());
    board(reset!).powerOn(Date.now());
    world.startServer();
    await world.until(() => world.fate(job) === "power" && world.fate(single) === "power");
    await world.ready(job);
    await world.ready(single);
    expect(world.powered).toHaveLength(4);
    const extra = cycles().map((count, number) => count - before[number]!);
    expect(extra).toEqual(before.map((_, n) => (n === off ? 1 : n === reset ? 2 : 0)));
    expect(board(reset!).stoppedLinks).toHaveLength(6);
  });
});

describe("health", () => {
  it("out of range is logged once, and once when it is back to normal", async () => {
    await start(WATCHED);
    const id = await world.create(3);
    await world.ready(id);
    board(1).statusOverrides = { boardTemperatures: [71.5, 40, null, null], warnings: 0x10 };
    const about = (text: string) => world.log.lines.filter((line) => line.includes(text));
    while (about("warning bits").length === 0) await pause(10);
    await pause(200);
    board(1).statusOverrides = {};
    while (about("warning bits back to normal").length === 0) await pause(10);
    expect(about("temperature (top sensor)")).toEqual([
      expect.stringMatching(
        /^warn .*board 1, BMP .*: temperature \(top sensor\) is 71.5 °C, limit 60 °C: check the cooling$/,
      ),
      expect.stringMatching(
        /^info .*board 1, BMP .*: temperature \(top sensor\) back to normal after \d+ s$/,
      ),
    ]);
  });

  it("is read while there is nothing else to do, about as often as configured", async () => {
    await start({ secondsBetweenHealthChecks: 0.3 });
    await pause(1_000);
    const reads = world.simulator.bmp(BMP).commands.get(CommandCode.info) ?? 0;
    // Three boards each 0.3 s: ten in a second, if the machine is not busy.
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThanOrEqual(11);
  });
});
