/**
 * A board in quarantine was powered off by a self-test just now, and then nothing withholds it any more. It
 * must stay off for the pause nevertheless: a server that starts anew knows of it from records only.
 */
import { describe, expect, it } from "vitest";
import { CLIENT } from "../support/actors.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate } from "./jobs.js";

const MACHINE = machine("m", 1, 1);
const SAME = configuration([MACHINE]);
const RENAMED = configuration([{ ...MACHINE, name: "renamed" }]);
const NEW_BMP = configuration([{ ...MACHINE, name: "renamed", bmpIps: [[[0, 0], "elsewhere"]] }]);

/** The board was quarantined, and has just been tested. */
function tested(): EngineHarness {
  const world = new EngineHarness(SAME);
  world.bmps.bad.add("0,0,0");
  const job = create(world, newJob(boards(3)));
  world.engine.destroy(job, null, CLIENT);
  world.pass(31_000);
  world.bmps.bad.clear();
  const isDone = () => world.bmps.carriedOut.at(-1)?.action === "test";
  for (let timers = 0; timers < 1000 && !isDone(); timers++) {
    world.clock.passTo(world.clock.nextTimerAt!);
    world.settle();
  }
  expect(isDone()).toBe(true);
  expect(world.bmps.powered.size).toBe(0);
  return world;
}

describe("a board that a self-test powered off just now stays off for the pause", () => {
  it.each<[string, (world: EngineHarness) => void]>([
    ["after a cold start", (world) => world.crash(SAME, { cold: true })],
    [
      "after a cold start that is killed, and another start",
      (world) => {
        world.crash(SAME, { cold: true });
        world.settle();
        world.crash();
      },
    ],
    [
      "after a cold start with another name for its machine",
      (world) => world.crash(RENAMED, { cold: true }),
    ],
    [
      "when a reload gives its machine another name and other BMPs",
      (world) => void world.engine.reconfigure(NEW_BMP),
    ],
    ["when a start does so", (world) => world.crash(NEW_BMP)],
    [
      "when its machine leaves the configuration, and comes back under another name",
      (world) => {
        world.engine.reconfigure(configuration([]));
        world.pass(5000);
        world.crash(NEW_BMP);
      },
    ],
  ])("%s", (_, happen) => {
    const world = tested();
    const offAtMs = world.clock.elapsedMs();
    happen(world);
    const next = create(world, newJob(boards(3)));
    world.pass(offAtMs + 29_900 - world.clock.elapsedMs());
    expect(fate(world, next)).toBe("queued");
    world.pass(6000);
    expect(fate(world, next)).toBe("ready");
    expect(world.store.disk.machines.rows.size).toBe(1);
  });

  it("and is forgotten with its machine once the pause is over", () => {
    const world = tested();
    world.pass(30_000);
    expect([...world.coldStart().forgotten.powerOffs]).toEqual([]);
    world.crash(SAME, { cold: true });
    expect(fate(world, create(world, newJob(boards(3))))).toBe("ready");
  });
});
