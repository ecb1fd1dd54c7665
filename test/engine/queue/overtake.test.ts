/** Overtaking within a window. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { triadsAsked } from "../../../src/domain/request.js";
import { MachineQueue, MOST_CONSIDERED } from "../../../src/engine/queue/machine-queue.js";
import { OvertakePolicy } from "../../../src/engine/queue/overtake.js";
import type { WaitingJob } from "../../../src/engine/queue/waiting-job.js";
import { rowsOpenTo } from "../../../src/placement/reserved-rows.js";
import { CountingMachine, waitingJob } from "./counting-machine.js";
import { histories, play } from "./histories.js";

const MACHINE = { width: 10, height: 8 };
const MAX_MS = 600;

interface Situation {
  /** Waiting jobs by age, and how many milliseconds after the one before each was created. */
  readonly jobs: readonly { readonly triads: number; readonly afterMs: number }[];
  /** Sizes that need withheld boards. */
  readonly withheld: readonly number[];
  /** Rows in which sizes were searched for in vain. */
  readonly searched: readonly (readonly [triads: number, rows: number])[];
  /** Ids of jobs that a better machine may still take. */
  readonly elsewhere: readonly number[];
  readonly waitsMs: readonly number[];
  readonly limit: number;
}

const triads = fc.constantFrom(1, 2, 3, 5, 16, 40, 80);
const situations: fc.Arbitrary<Situation> = fc.record({
  jobs: fc.array(fc.record({ triads, afterMs: fc.nat(100) }), { maxLength: 25 }),
  withheld: fc.uniqueArray(triads, { maxLength: 2 }),
  searched: fc.uniqueArray(fc.tuple(triads, fc.constantFrom(2, 4, 8)), { selector: ([t]) => t }),
  elsewhere: fc.uniqueArray(fc.nat(24), { maxLength: 4 }),
  waitsMs: fc.array(fc.nat(800), { maxLength: 6 }),
  limit: fc.integer({ min: 1, max: 12 }),
});

function jobsOf({ jobs }: Situation): WaitingJob[] {
  let createdMs = -200;
  return jobs.map((job, jobId) => {
    createdMs += job.afterMs;
    return waitingJob(jobId, job.triads, { createdMs });
  });
}

function queueOf(situation: Situation): MachineQueue<WaitingJob> {
  const queue = new MachineQueue<WaitingJob>(MACHINE, new OvertakePolicy(MAX_MS));
  for (const job of jobsOf(situation)) queue.add(job);
  for (const size of situation.withheld) {
    queue.setFeasibility(waitingJob(100, size), "needsWithheld");
  }
  for (const ms of situation.waitsMs) queue.started(waitingJob(100, 1, { createdMs: 0 }), ms);
  for (const [size, rows] of situation.searched) {
    queue.didNotFit(waitingJob(100, size), queue.version, rows);
  }
  return queue;
}

/** What docs and comments say, said once more in the plainest way. */
function plainly(situation: Situation) {
  const { withheld, searched, elsewhere, waitsMs, limit } = situation;
  const sizeOf = ({ request }: WaitingJob) => triadsAsked(request);
  const runnable = jobsOf(situation).filter((job) => !withheld.includes(sizeOf(job)));
  const [oldest] = runnable;
  if (oldest === undefined) return { candidates: [], waiting: [], largest: 0 };

  const squares = waitsMs.map((ms) => ms * ms);
  const mean = squares.length === 0 ? 0 : squares.reduce((a, b) => a + b) / squares.length;
  const window = 1.1 * (1 - 0.4 * (sizeOf(oldest) / 80)) * Math.sqrt(mean);
  const bound = Math.min(Math.max(window, MAX_MS / 30), MAX_MS);
  const eligible = runnable.filter((job) => job.createdMs - oldest.createdMs <= bound);

  const rowsSearched = new Map(searched);
  const nowhere = eligible.filter((job) => rowsSearched.get(sizeOf(job)) === MACHINE.height);
  const largest = Math.max(0, ...nowhere.map(sizeOf));
  const hasRoom = (job: WaitingJob) =>
    (rowsSearched.get(sizeOf(job)) ?? 0) < rowsOpenTo(job.request, largest, MACHINE);
  const free = eligible.filter(hasRoom);
  const candidates = free
    .filter(
      (job) =>
        !free.some(
          (other) =>
            elsewhere.includes(other.jobId) &&
            other.requestKey === job.requestKey &&
            other.jobId <= job.jobId,
        ),
    )
    .sort((a, b) => a.jobId - b.jobId)
    .sort((a, b) => sizeOf(b) - sizeOf(a))
    .slice(0, limit);
  return { candidates, waiting: runnable.filter((job) => !free.includes(job)), largest };
}

const idsOf = (jobs: readonly WaitingJob[]) => jobs.map(({ jobId }) => jobId);

describe("under overtake", () => {
  it("the queue offers and declines the jobs that the rule in plain words says", () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const queue = queueOf(situation);
        const { candidates, waiting, largest } = plainly(situation);
        const offered = queue.candidates(
          situation.limit,
          ({ jobId }) => !situation.elsewhere.includes(jobId),
        );
        expect(idsOf(offered)).toEqual(idsOf(candidates));
        expect(queue.largestWaiting()).toBe(largest);
        expect(idsOf(queue.considered.filter((job) => queue.declines(job)))).toEqual(
          idsOf(waiting),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("nobody starts before an older job that is older by more than the bound, and all start", () => {
    fc.assert(
      fc.property(histories, fc.nat(3000), (history, maxOvertakenMs) => {
        const { starts, left } = play(new OvertakePolicy(maxOvertakenMs), history);
        for (const { job, before } of starts) {
          for (const older of before) {
            expect(job.createdMs - older.createdMs).toBeLessThanOrEqual(maxOvertakenMs);
            expect(job.requestKey).not.toBe(older.requestKey);
          }
        }
        expect(left).toEqual([]);
      }),
    );
  });

  it("a small job starts while an older one that is larger waits, as long as it came soon after it", () => {
    const machine = new CountingMachine(new OvertakePolicy(30_000));
    machine.create(5);
    const large = machine.create(20);
    machine.nowMs = 1000;
    const soon = machine.create(1);
    machine.nowMs = 1001;
    const late = machine.create(1);
    expect(machine.running).toContain(soon);
    expect(machine.running).not.toContain(late);
    expect([large, late].map((job) => machine.queue.declines(job))).toEqual([true, true]);
  });

  it("only the oldest thousand of a queue are looked at", () => {
    const queue = new MachineQueue<WaitingJob>(MACHINE, new OvertakePolicy(MAX_MS));
    const jobs = Array.from({ length: MOST_CONSIDERED + 10 }, (_, id) =>
      waitingJob(id, 1, { createdMs: 0 }),
    );
    for (const job of jobs) queue.add(job);
    expect(queue.candidates(10_000, () => true)).toEqual(jobs.slice(0, MOST_CONSIDERED));
    expect(queue.declines(jobs[MOST_CONSIDERED - 1]!)).toBe(false);
    expect(queue.declines(jobs[MOST_CONSIDERED]!)).toBe(true);
  });
});
