/**
 * A server is killed in the middle of a self-test, which leaves the board on, and its successors find
 * another configuration. They must switch the board off, whatever became of its machine.
 */

import { describe, expect, it } from "vitest";
import type { MachineDescription } from "../../src/domain/machine.js";
import { CLIENT } from "../support/actors.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create } from "./jobs.js";

const MACHINE = machine("m", 2, 1);
const OTHER = machine("other", 1, 1, { cabinet: 1 });
const BOARD = "0,0,0";

/** The server is killed while board (0, 0, 0) is being tested, and perhaps a job runs on the next board. */
function killedInASelfTest({ besideAJob = false } = {}): EngineHarness {
  const world = new EngineHarness(configuration([MACHINE, OTHER]));
  world.bmps.bad.add(BOARD);
  const job = create(world, newJob(boards(1)));
  if (!besideAJob) world.engine.destroy(job, null, CLIENT);
  world.pass(31_000);
  world.bmps.bad.clear();
  const isTesting = () => world.bmps.orders.some(({ action }) => action === "test");
  for (let timers = 0; timers < 1000 && !isTesting(); timers++) {
    world.clock.passTo(world.clock.nextTimerAt!);
    world.settle({ bmps: false });
  }
  expect(isTesting()).toBe(true);
  return world;
}

/** Starts under another configuration, and again before the BMPs did anything. */
function restartTwice(world: EngineHarness, machines: readonly MachineDescription[]): void {
  world.crash(configuration(machines));
  expect(world.bmps.powered).toContain(BOARD);
  world.settle({ bmps: false });
  world.crash();
  world.settle();
}

describe("a board that was being tested when the server was killed is switched off at the start", () => {
  it("when the configuration says by now that it is dead", () => {
    const world = killedInASelfTest();
    restartTwice(world, [{ ...MACHINE, deadBoards: [[0, 0, 0]] }, OTHER]);
    expect(world.bmps.powered).not.toContain(BOARD);
  });

  it("when its machine got other addresses, and waits for boards that go off under the old ones", () => {
    const world = killedInASelfTest({ besideAJob: true });
    restartTwice(world, [{ ...MACHINE, bmpIps: [[[0, 0], "elsewhere"]] }, OTHER]);
    expect(world.bmps.powered).not.toContain(BOARD);
  });

  it("when its machine is smaller by now and has it no more", () => {
    const world = killedInASelfTest();
    const places = MACHINE.boardLocations.map(([, place]) => place);
    const smaller = machine("m", 1, 1);
    const elsewhere = smaller.boardLocations.map(
      ([at], index) => [at, places[3 + index]!] as const,
    );
    restartTwice(world, [{ ...smaller, boardLocations: elsewhere }, OTHER]);
    expect(world.bmps.powered).not.toContain(BOARD);
  });

  it.each([
    ["when its machine has left the configuration", []],
    ["when its machine has got another name", [{ ...MACHINE, name: "renamed" }]],
  ])("%s", (_, instead) => {
    const world = killedInASelfTest();
    restartTwice(world, [...instead, OTHER]);
    expect(world.bmps.powered).not.toContain(BOARD);
  });
});

describe("a machine that left the configuration", () => {
  it("is forgotten once the board is off that was being tested when the server was killed", () => {
    const world = killedInASelfTest();
    restartTwice(world, [OTHER]);
    // Its board was powered off, and cools down.
    world.pass(31_000);
    const machines = [...world.store.disk.machines.rows.values()];
    expect(machines.map(({ description }) => description.name)).toEqual(["other"]);
    expect([...world.bmps.observations.machines.values()].map(({ name }) => name)).toEqual([
      "other",
    ]);
  });
});
