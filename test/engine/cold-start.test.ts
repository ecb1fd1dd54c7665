/** A cold start forgets everything but the ids, and no board that may be on. */
import { describe, expect, it } from "vitest";
import { OPERATOR } from "../../src/engine/contract/actors.js";
import type { SavedState } from "../../src/engine/contract/records.js";
import { coldStartOnUnknown } from "../../src/engine/inputs/cold-start.js";
import { CLIENT } from "../support/actors.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate } from "./jobs.js";

const MACHINE = machine("m", 2, 1);
const FRAME = "0,0";

function withAJob(count: number): { world: EngineHarness; job: number } {
  const world = new EngineHarness(configuration([MACHINE]));
  return { world, job: create(world, newJob(boards(count))) };
}

/** The BMP of the frame stops answering, or answers again, and the server notices. */
function setSilent(world: EngineHarness, silent: boolean): void {
  const { observations } = world.bmps;
  if (silent) observations.silent.add(FRAME);
  else observations.silent.delete(FRAME);
  while (observations.untold.length > 0) observations.tell(observations.untold[0]!);
  world.settle();
}

describe("a cold start", () => {
  it("forgets jobs, powers their boards off, and lets no job have a board before", () => {
    const { world, job } = withAJob(6);
    expect(world.bmps.powered.size).toBe(6);
    world.crash(world.configuration, { cold: true });
    expect(world.engine.job(job)).toBeUndefined();
    const next = create(world, newJob(boards(6)), { bmps: false });
    expect(next).toBeGreaterThan(job);
    expect(fate(world, next)).toBe("queued");
    world.settle();
    expect(world.bmps.powered.size).toBe(0);
    expect(fate(world, next)).toBe("queued");
    world.pass(31_000);
    expect(fate(world, next)).toBe("ready");
  });

  it("does so once more when it is killed before the BMPs did anything", () => {
    const { world } = withAJob(3);
    world.crash(world.configuration, { cold: true });
    world.settle({ bmps: false });
    world.crash();
    world.settle();
    expect(world.bmps.powered.size).toBe(0);
  });

  it("changes nothing when it is killed before its first commit", () => {
    const { world, job } = withAJob(3);
    world.crash(world.configuration, { cold: true });
    world.crash();
    expect(fate(world, job)).toBe("ready");
  });

  it.each([
    ["the same configuration", [MACHINE]],
    ["a configuration without machines", []],
    ["a configuration in which the machine has another name", [{ ...MACHINE, name: "renamed" }]],
  ])(
    "under %s, powers boards off when their BMP answers again, also after a restart",
    (_, next) => {
      for (const restarts of [0, 1, 2]) {
        const { world } = withAJob(3);
        world.bmps.observations.silent.add(FRAME);
        world.crash(configuration(next), { cold: true });
        world.pass(60_000);
        for (let n = 0; n < restarts; n++) {
          world.crash();
          world.pass(60_000);
        }
        expect(world.bmps.powered.size).toBe(3);
        setSilent(world, false);
        world.pass(10 * 60_000);
        expect([...world.bmps.powered], `after ${restarts} restarts`).toEqual([]);
        if (next.length === 0) expect(world.store.disk.machines.rows.size).toBe(0);
      }
    },
  );

  it("goes on with cooldowns, so that no board is switched on too soon", () => {
    const { world, job } = withAJob(6);
    world.engine.destroy(job, null, CLIENT);
    world.pass(10_000);
    world.crash(world.configuration, { cold: true });
    const next = create(world, newJob(boards(6)));
    world.pass(19_000);
    expect(fate(world, next)).toBe("queued");
    world.pass(2000);
    expect(fate(world, next)).toBe("ready");
  });

  it("powers off boards whose power-off failed, also those that count as cooling down", () => {
    const { world, job } = withAJob(3);
    world.bmps.observations.silent.add(FRAME);
    world.engine.destroy(job, null, CLIENT);
    world.settle();
    expect(world.store.disk.cooldowns.rows.size).toBe(1);
    expect(world.bmps.powered.size).toBe(3);
    world.bmps.observations.silent.delete(FRAME);
    world.crash(world.configuration, { cold: true });
    world.pass(60_000);
    expect(world.bmps.powered.size).toBe(0);
  });

  it("tells what it forgets", () => {
    const { world, job } = withAJob(3);
    create(world, newJob(boards(6)));
    world.engine.operator.quarantineBoards("m", [5], "a burnt smell", OPERATOR);
    world.settle();
    const { forgotten } = world.coldStart();
    expect(forgotten).toMatchObject({
      jobs: 2,
      jobsWithBoards: 1,
      quarantined: [{ machine: "m", board: { index: 5 }, reason: "a burnt smell" }],
      unreachable: [],
    });
    expect([...forgotten.powerOffs]).toEqual([["m", 3]]);
    expect(job).toBe(1);
  });

  it("takes no board twice where records contradict each other, and none of unknown machines", () => {
    const { world } = withAJob(3);
    const saved = world.store.load();
    const [job] = saved.jobs;
    const twice: SavedState = {
      ...saved,
      jobs: [
        ...saved.jobs,
        { ...job!, jobId: 2, placement: { ...job!.placement!, machineId: 77 } },
        {
          ...job!,
          jobId: 3,
          placement: {
            ...job!.placement!,
            allocation: { x: 0, y: 0, width: 2, height: 1, board: null, missing: [] },
          },
        },
      ],
      quarantine: [],
    };
    const { kept, forgotten } = world.coldStart(twice);
    expect([...forgotten.powerOffs]).toEqual([["m", 6]]);
    const next = new EngineHarness(configuration([]));
    next.engine.end();
    const fresh = new EngineHarness(configuration([]));
    expect(() => fresh.engine.start(kept, configuration([MACHINE]))).not.toThrow();
  });

  it("on a state that cannot be read takes every board for one that may be on", () => {
    const { kept, forgotten } = coldStartOnUnknown(
      { nextJobId: 5, nextMachineId: 8, nextCooldownId: 2 },
      [MACHINE, machine("n", 1, 1)],
    );
    expect([...forgotten.powerOffs]).toEqual([
      ["m", 6],
      ["n", 3],
    ]);
    expect(kept.machines.map(({ machineId, priority }) => [machineId, priority])).toEqual([
      [8, null],
      [9, null],
    ]);
    expect(kept.counters).toEqual({ nextJobId: 5, nextMachineId: 10, nextCooldownId: 4 });
  });
});

describe("a machine that leaves the configuration while its BMP is silent", () => {
  it("is kept until its boards are off, which they are once the BMP answers", () => {
    for (const restarts of [0, 1]) {
      const { world } = withAJob(3);
      setSilent(world, true);
      world.engine.reconfigure(configuration([]));
      world.pass(60_000);
      expect([...world.engine.operator.silentBmps().keys()]).toEqual(["bmp-0-0"]);
      for (let n = 0; n < restarts; n++) world.crash(configuration([]));
      world.pass(60_000);
      expect(world.bmps.powered.size).toBe(3);
      setSilent(world, false);
      world.pass(1000);
      expect([...world.bmps.powered]).toEqual([]);
      // What comes in its place waits until its boards have cooled down.
      expect(world.store.disk.machines.rows.size).toBe(1);
      world.pass(60_000);
      expect(world.store.disk.machines.rows.size).toBe(0);
    }
  });

  it("is not waited for by others when only that is left, and never touches what they have", () => {
    const { world } = withAJob(3);
    setSilent(world, true);
    const renamed = { ...MACHINE, name: "renamed" };
    world.engine.reconfigure(configuration([renamed]));
    world.pass(60_000);
    setSilent(world, false);
    world.pass(60_000);
    expect([...world.bmps.powered]).toEqual([]);
    expect(world.store.disk.machines.rows.size).toBe(1);
    const job = create(world, newJob(boards(6)));
    expect(fate(world, job)).toBe("ready");
    world.pass(20 * 60_000);
    expect(world.bmps.powered.size).toBe(6);
    expect(fate(world, job)).toBe("ready");
  });
});
