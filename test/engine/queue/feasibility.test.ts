/** What is known of whether the empty machine could hold a request. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Feasibilities, type Feasibility } from "../../../src/engine/queue/feasibility.js";
import type { WaitingJob } from "../../../src/engine/queue/waiting-job.js";
import { waitingJob } from "./counting-machine.js";

const FEASIBILITIES: readonly Feasibility[] = ["possible", "needsWithheld", "impossible"];

function queueOf(jobs: readonly WaitingJob[]): {
  waiting: WaitingJob[];
  feasibilities: Feasibilities<WaitingJob>;
} {
  const waiting: WaitingJob[] = [];
  const feasibilities = new Feasibilities();
  for (const job of jobs) {
    waiting.push(job);
    feasibilities.added(job);
  }
  return { waiting, feasibilities };
}

describe("the feasibilities of a queue", () => {
  it("are unknown for exactly the jobs of which nothing, or that they are impossible, was learned", () => {
    const cases = fc.record({
      sizes: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 20 }),
      learned: fc.array(
        fc.tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom(...FEASIBILITIES)),
      ),
      forgetAt: fc.nat(20),
    });
    fc.assert(
      fc.property(cases, ({ sizes, learned, forgetAt }) => {
        const jobs = sizes.map((triads, id) => waitingJob(id, triads));
        const { feasibilities } = queueOf(jobs);
        const known = new Map<number, Feasibility>();
        const triadsOf = ({ jobId }: WaitingJob) => sizes[jobId]!;
        for (const [at, [triads, feasibility]] of learned.entries()) {
          if (at === forgetAt) {
            feasibilities.forgetAll();
            known.clear();
          }
          // Of a machine as it is, the same is learned of a request every time.
          const told = known.get(triads) ?? feasibility;
          expect(feasibilities.learn(waitingJob(99, triads), told)).toBe(!known.has(triads));
          known.set(triads, told);
          expect(jobs.map((job) => feasibilities.of(job))).toEqual(
            jobs.map((job) => known.get(triadsOf(job))),
          );
          expect(jobs.filter((job) => feasibilities.needsWithheld(job))).toEqual(
            jobs.filter((job) => known.get(triadsOf(job)) === "needsWithheld"),
          );
          const settled = (job: WaitingJob) =>
            ["possible", "needsWithheld"].includes(known.get(triadsOf(job)) ?? "");
          expect(new Set(feasibilities.unknown(100))).toEqual(
            new Set(jobs.filter((job) => !settled(job))),
          );
        }
      }),
    );
  });

  it("are found out for no more jobs at a time than asked for, and for none that has left", () => {
    const jobs = Array.from({ length: 10 }, (_, id) => waitingJob(id, 1 + id));
    const { waiting, feasibilities } = queueOf(jobs);
    expect(feasibilities.unknown(4)).toEqual(jobs.slice(0, 4));
    feasibilities.removed(waiting.shift()!);
    expect(feasibilities.unknown(100)).toEqual(jobs.slice(1));
    feasibilities.forgetAll();
    expect(feasibilities.unknown(100)).toEqual(jobs.slice(1));
  });

  it("are kept for whatever waits, and for only so many other requests", () => {
    const job = waitingJob(1, 1);
    const { feasibilities } = queueOf([job]);
    feasibilities.learn(job, "possible");
    const gone = Array.from({ length: 25_000 }, (_, at) => waitingJob(2 + at, 2 + at));
    for (const other of gone) feasibilities.learn(other, "possible");
    expect(feasibilities.of(job)).toBe("possible");
    const remembered = gone.filter((other) => feasibilities.of(other) !== undefined);
    expect(remembered.length).toBeGreaterThan(0);
    expect(remembered.length).toBeLessThanOrEqual(10_002);
  });
});
