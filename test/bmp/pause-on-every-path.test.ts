/**
 * Engine, BMP layer and simulated BMPs together: by whatever way a board is powered off and on again,
 * it stays off for `secondsBeforeFree`. The simulator counts each board that did not.
 */

import { afterEach, describe, expect, it } from "vitest";
import type { ConfigurationDescription } from "../../src/config/description.js";
import { CLIENT } from "../support/actors.js";
import { releaseBoards } from "../support/release.js";
import { EngineBmpHarness } from "./engine-bmp-harness.js";
import { bmpAddress, machineOf, NO_VIOLATIONS } from "./fixtures.js";

const NETWORK = 17;
const BMP = bmpAddress(NETWORK, 0);
const ALWAYS = Number.POSITIVE_INFINITY;
const PAUSE = { secondsBeforeFree: 0.2 };
const TESTED_SOON = { secondsBetweenSelfTests: 0.02, selfTestsToRelease: 2 };

let world: EngineBmpHarness;

async function start(configuration: Partial<ConfigurationDescription> = {}): Promise<void> {
  const machine = machineOf(NETWORK, { width: 1, height: 1 });
  world = await EngineBmpHarness.start(machine, { configuration: { ...PAUSE, ...configuration } });
}

afterEach(async () => {
  const { violations } = world.simulator.state();
  await world.close();
  expect(violations).toEqual(NO_VIOLATIONS);
});

const board = (number: number) => world.simulator.board(BMP, number);
const cycles = () => [0, 1, 2].map((number) => board(number).powerCycles);

async function readyJob(boards = 3): Promise<number> {
  const id = await world.create(boards);
  await world.ready(id);
  return id;
}

describe("a board stays off for secondsBeforeFree", () => {
  it("when a client switches off and on again, in state power meanwhile", async () => {
    await start();
    const id = await readyJob();
    world.engine.power(id, false, CLIENT);
    await world.settle();
    world.engine.power(id, true, CLIENT);
    expect(world.fate(id)).toBe("power");
    await world.ready(id);
    expect(cycles()).toEqual([2, 2, 2]);
  });

  it("from its last self-test on, through its release, to the job that waits for it", async () => {
    await start(TESTED_SOON);
    board(1).showWrongFpga(2, 6);
    const id = await world.create(3);
    await world.until(() => world.quarantinedBoards.length > 0);
    await world.ready(id);
    expect(cycles()[1]).toBeGreaterThan(8);
  });

  it("when an operator releases it right after a self-test", async () => {
    await start({ ...TESTED_SOON, selfTestsToRelease: 1000 });
    board(1).showWrongFpga(2, 6);
    const id = await world.create(3);
    await world.until(() => (world.quarantined[0]?.testsPassed ?? 0) > 0);
    expect(releaseBoards(world.engine.operator, "m17", [1], "it is fine")).toEqual([1]);
    await world.ready(id);
  });

  it("when the server is killed between off and on", async () => {
    await start();
    const id = await readyJob();
    world.engine.power(id, false, CLIENT);
    await world.settle();
    world.engine.power(id, true, CLIENT);
    await world.until(() => world.store.disk.jobs.get(id)?.placement?.power === true);
    world.kill();
    world.startServer();
    await world.ready(id);
    expect(cycles()).toEqual([2, 2, 2]);
  });

  it("when the server is killed in its cooldown", async () => {
    await start();
    const id = await readyJob();
    world.engine.destroy(id, null, CLIENT);
    await world.until(() => world.powered.length === 0 && world.engine.ordersUnderWay === 0);
    world.kill();
    world.startServer();
    await readyJob();
  });

  it("when the server is killed after a self-test, and another one follows", async () => {
    await start({ ...TESTED_SOON, selfTestsToRelease: 1000 });
    board(1).showWrongFpga(2, ALWAYS);
    await world.create(3);
    for (let tests = 1; tests <= 3; tests++) {
      await world.until(() => (world.quarantined[0]?.testsFailed ?? 0) >= tests);
      world.kill();
      world.startServer();
    }
  });

  it("when the state is cleared by a cold start, also if that server is killed in turn", async () => {
    await start();
    await readyJob();
    for (const number of [0, 1, 2]) board(number).powerOff(Date.now());
    world.kill();
    world.store.clear();
    world.startServer({}, { areNewBoardsUnknown: true });
    await world.until(() => world.store.disk.cooldowns.rows.size > 0);
    world.kill();
    world.startServer();
    await readyJob();
    expect(world.log.lines).toContainEqual(
      "warn the record of machine m17 or of another was lost, so any board of it may be on: they are powered off before jobs get them",
    );
  });

  it("when a reload replaces its machine while it is in use", async () => {
    await start();
    const id = await readyJob();
    const [first, second, ...rest] = world.machine.boardLocations;
    const swapped = [[first![0], second![1]] as const, [second![0], first![1]] as const, ...rest];
    const machines = [{ ...world.machine, boardLocations: swapped }];
    world.engine.reconfigure({ ...world.configuration, machines });
    await world.until(() => world.fate(id).startsWith("destroyed"));
    await readyJob();
  });

  it("when it was found off under its job", async () => {
    await start({ secondsBetweenHealthChecks: 0.03 });
    const id = await readyJob();
    board(1).shutDown(Date.now(), 1);
    await world.until(() => world.fate(id) === "power");
    await world.ready(id);
    expect(cycles()).toEqual([1, 2, 1]);
  });
});
