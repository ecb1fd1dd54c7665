import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPERATOR } from "../../src/engine/contract/actors.js";
import { CLIENT } from "../support/actors.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate } from "./jobs.js";

const TIMED_OUT = "destroyed: Job timed out.";
const CHECK_MS = 5000;

function restarted(more: Parameters<typeof configuration>[1] = {}): {
  world: EngineHarness;
  running: number;
  waiting: number;
} {
  const world = new EngineHarness(configuration([machine("m", 1, 1)], more));
  const running = create(world, newJob(boards(3), { keepaliveS: 40 }));
  const waiting = create(world, newJob(boards(3), { keepaliveS: 40 }));
  world.crash();
  world.settle();
  return { world, running, waiting };
}

describe("after a start", () => {
  it("a job that nobody touches ends after the grace, not one keepalive after the start", () => {
    const { world, running } = restarted();
    world.pass(3_600_000 - CHECK_MS);
    expect(fate(world, running)).toBe("ready");
    world.pass(2 * CHECK_MS);
    expect(fate(world, running)).toBe(TIMED_OUT);
    expect(world.log.at(-1)).toMatch(
      /jobs are destroyed: nobody has shown interest in them in the 3600 s/,
    );
  });

  it("a waiting job has the grace as well", () => {
    const { world, running, waiting } = restarted();
    world.engine.touch(running, CLIENT);
    world.pass(100_000);
    expect(fate(world, running)).toBe(TIMED_OUT);
    expect(fate(world, waiting)).toBe("ready");
  });

  it("a job that is touched counts as any other from then on", () => {
    const { world, running } = restarted();
    world.pass(1_000_000);
    world.engine.touch(running, CLIENT);
    world.pass(40_000 - CHECK_MS);
    expect(fate(world, running)).toBe("ready");
    world.pass(3 * CHECK_MS);
    expect(fate(world, running)).toBe(TIMED_OUT);
  });

  it("a job lives as long as its keepalive where the grace is shorter", () => {
    const { world, running } = restarted({ secondsOfGraceAfterStart: 10 });
    expect(world.engine.operator.jobsInGrace()).toEqual([]);
    world.pass(40_000 - CHECK_MS);
    expect(fate(world, running)).toBe("ready");
    world.pass(3 * CHECK_MS);
    expect(fate(world, running)).toBe(TIMED_OUT);
  });

  it("a job created since has none", () => {
    const { world } = restarted({ secondsOfGraceAfterStart: 1000 });
    const id = create(world, newJob(boards(3), { keepaliveS: 40 }));
    world.pass(40_000 + 2 * CHECK_MS);
    expect(fate(world, id)).toBe("destroyed: Cancelled: Job timed out.");
  });

  it("each further start gives a grace anew", () => {
    const { world, running } = restarted({ secondsOfGraceAfterStart: 100 });
    world.pass(90_000);
    world.crash();
    world.pass(90_000);
    expect(fate(world, running)).toBe("ready");
    world.pass(20_000);
    expect(fate(world, running)).toBe(TIMED_OUT);
  });

  it("a reload changes the grace of jobs that have one", () => {
    const { world, running } = restarted();
    world.pass(200_000);
    const of = (secondsOfGraceAfterStart: number) =>
      configuration([machine("m", 1, 1)], { secondsOfGraceAfterStart });
    world.engine.reconfigure(of(300));
    world.pass(90_000);
    expect(fate(world, running)).toBe("ready");
    world.engine.reconfigure(of(290));
    world.pass(2 * CHECK_MS);
    expect(fate(world, running)).toBe(TIMED_OUT);
  });

  it("whoever has a grace is known, with the time at which it is over", () => {
    const { world, running, waiting } = restarted({ secondsOfGraceAfterStart: 100 });
    const endsAtMs = world.clock.nowMs() + 100_000;
    const facts = { owner: "someone", host: CLIENT.host, keepaliveS: 40, endsAtMs };
    world.pass(50_000);
    expect(world.engine.operator.jobsInGrace()).toEqual([
      { jobId: running, ...facts },
      { jobId: waiting, ...facts },
    ]);
    world.engine.touch(running, CLIENT);
    expect(world.engine.operator.jobsInGrace()).toEqual([{ jobId: waiting, ...facts }]);
  });

  it("an operator ends the grace: jobs whose keepalive is over end, the others count on", () => {
    const { world, running, waiting } = restarted();
    world.pass(30_000);
    expect(world.engine.operator.endGrace([running, 99], OPERATOR)).toEqual([running]);
    world.settle();
    expect(fate(world, running)).toBe("ready");
    world.pass(10_000 + 2 * CHECK_MS);
    expect(fate(world, running)).toBe(TIMED_OUT);
    expect(world.engine.operator.endGrace(null, OPERATOR)).toEqual([waiting]);
    world.settle();
    expect(fate(world, waiting)).toMatch(/Job timed out\.$/);
    expect(world.engine.operator.endGrace(null, OPERATOR)).toEqual([]);
  });

  it("a grace that an operator ended stays so, also where a reload lengthens it", () => {
    for (const all of [true, false]) {
      const { world, running } = restarted({ secondsOfGraceAfterStart: 10 });
      expect(world.engine.operator.endGrace(all ? null : [running], OPERATOR)).toEqual([]);
      world.engine.reconfigure(configuration([machine("m", 1, 1)]));
      expect(world.engine.operator.jobsInGrace()).toHaveLength(all ? 0 : 1);
      world.pass(40_000 + 2 * CHECK_MS);
      expect(fate(world, running)).toBe(TIMED_OUT);
    }
  });

  it("a job ends when its keepalive and its grace are over, wherever touches and starts fall", () => {
    const step = fc.oneof(
      fc.integer({ min: 0, max: 80 }).map((s) => ({ kind: "pass", s }) as const),
      fc.constant({ kind: "touch", s: 0 } as const),
      fc.constant({ kind: "crash", s: 0 } as const),
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 12 }),
        fc.integer({ min: 0, max: 120 }),
        (steps, graceS) => {
          const world = new EngineHarness(
            configuration([machine("m", 1, 1)], {
              secondsOfGraceAfterStart: graceS,
              timeoutCheckInterval: 1,
            }),
          );
          const id = create(world, newJob(boards(1), { keepaliveS: 40 }));
          let patienceS = 40;
          let untouchedS = 0;
          for (const { kind, s } of steps) {
            if (kind === "pass") {
              world.pass(s * 1000);
              untouchedS += s;
            } else if (kind === "touch") {
              world.engine.touch(id, CLIENT);
              [patienceS, untouchedS] = [40, 0];
            } else {
              world.crash();
              world.settle();
              [patienceS, untouchedS] = [Math.max(40, graceS), 0];
            }
            // It is found by a check, within a second.
            if (untouchedS > patienceS + 2) {
              expect(fate(world, id)).toBe(TIMED_OUT);
              return;
            }
            if (untouchedS > patienceS) return;
            expect(fate(world, id)).toBe("ready");
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
