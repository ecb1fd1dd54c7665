/** Keepalives run out only where somebody could have kept the job alive. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CLIENT } from "../support/actors.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate } from "./jobs.js";

const CHECK_MS = 5000;
const KEEPALIVE_MS = 40_000;
const JOB = newJob(boards(3), { keepaliveS: KEEPALIVE_MS / 1000 });
const TIMED_OUT = "destroyed: Job timed out.";

const fresh = () => new EngineHarness(configuration([machine("m", 1, 1)]));

describe("a job whose creator has not been told its id", () => {
  it.each([
    ["its search", false],
    ["its commit", true],
  ])("does not time out, though %s takes longer than its keepalive", (_, isSearched) => {
    const world = fresh();
    let jobId = 0;
    world.engine.createJob(JOB, CLIENT, (id, mark) => {
      jobId = id;
      world.engine.whenDurable(mark, () => world.engine.creatorTold(id));
    });
    world.clock.endTurn();
    if (isSearched) world.answerSearch();
    world.passAlone(3 * KEEPALIVE_MS);
    world.settle();
    expect(fate(world, jobId)).toBe("ready");
    world.pass(KEEPALIVE_MS);
    expect(fate(world, jobId)).toBe("ready");
    world.pass(2 * CHECK_MS);
    expect(fate(world, jobId)).toBe(TIMED_OUT);
  });

  it("does not time out when another client has shown interest in it and gone", () => {
    const world = fresh();
    world.engine.createJob(JOB, CLIENT, () => {});
    world.settle();
    const [{ jobId } = { jobId: 0 }] = world.engine.jobs();
    world.engine.touch(jobId, CLIENT);
    world.pass(3 * KEEPALIVE_MS);
    expect(fate(world, jobId)).toBe("ready");
    world.engine.creatorTold(jobId);
    world.pass(KEEPALIVE_MS + 2 * CHECK_MS);
    expect(fate(world, jobId)).toBe(TIMED_OUT);
  });
});

describe("while the server is away", () => {
  it("no keepalive runs out", () => {
    const world = fresh();
    const id = create(world, JOB);
    world.pass(KEEPALIVE_MS / 2);
    world.clock.beAway(10 * KEEPALIVE_MS);
    world.pass(KEEPALIVE_MS / 2);
    expect(fate(world, id)).toBe("ready");
    world.pass(2 * CHECK_MS);
    expect(fate(world, id)).toBe(TIMED_OUT);
  });

  it("no grace runs out, and operators are told its new end", () => {
    const world = new EngineHarness(
      configuration([machine("m", 1, 1)], { secondsOfGraceAfterStart: 100 }),
    );
    const jobId = create(world, JOB);
    world.crash();
    world.pass(50_000);
    world.clock.beAway(200_000);
    const [grace] = world.engine.operator.jobsInGrace();
    expect(grace).toMatchObject({ jobId, endsAtMs: world.clock.nowMs() + 50_000 });
    world.pass(50_000);
    expect(fate(world, jobId)).toBe("ready");
    world.pass(2 * CHECK_MS);
    expect(fate(world, jobId)).toBe(TIMED_OUT);
  });

  it("the disk is not late: jobs are taken right afterwards", () => {
    const world = fresh();
    world.engine.createJob(JOB, CLIENT, () => {});
    world.clock.endTurn();
    world.answerSearch();
    world.clock.endTurn();
    expect(world.store.hasWaiting).toBe(true);
    world.clock.beAway(60_000);
    expect(world.engine.refusal()).toBeNull();
    world.passAlone(3001);
    expect(world.engine.refusal()).toContain("cannot save its state");
  });

  it("whatever the absences, a job times out when it was untouched for its keepalive of the rest", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("pass"), s: fc.integer({ min: 0, max: 60 }) }),
      fc.record({ kind: fc.constant("away"), s: fc.integer({ min: 2, max: 1000 }) }),
      fc.constant({ kind: "touch", s: 0 }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
        const world = fresh();
        const id = create(world, JOB);
        let untouchedMs = 0;
        for (const { kind, s } of steps) {
          if (kind === "away") world.clock.beAway(s * 1000);
          else if (kind === "pass") {
            world.pass(s * 1000);
            untouchedMs += s * 1000;
          } else {
            world.engine.touch(id, CLIENT);
            untouchedMs = 0;
          }
          world.settle();
          if (untouchedMs > KEEPALIVE_MS + CHECK_MS) expect(fate(world, id)).toBe(TIMED_OUT);
          if (untouchedMs > KEEPALIVE_MS) return;
          expect(fate(world, id)).toBe("ready");
        }
      }),
      { numRuns: 200 },
    );
  });
});
