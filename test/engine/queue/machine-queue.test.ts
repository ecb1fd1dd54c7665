/** What a queue remembers never differs from what it would find out anew. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Admission } from "../../../src/engine/queue/admission.js";
import { FifoPolicy } from "../../../src/engine/queue/fifo.js";
import { MachineQueue } from "../../../src/engine/queue/machine-queue.js";
import { OvertakePolicy } from "../../../src/engine/queue/overtake.js";
import type { WaitingJob } from "../../../src/engine/queue/waiting-job.js";
import { SIZE, waitingJob } from "./counting-machine.js";

const OWNERS = ["ann", "bob", "eve"];
const JOBS = Array.from({ length: 16 }, (_, id) =>
  waitingJob(id, [1, 2, 16, 20, 1][id % 5]!, { createdMs: 10 * id, owner: OWNERS[id % 3]! }),
);
const POLICIES = [new FifoPolicy(), new OvertakePolicy(80), new OvertakePolicy(1000)];

const job = fc.constantFrom(...JOBS);
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("come or go" as const), job }),
    fc.record({ kind: fc.constant("needs withheld" as const), job }),
    fc.record({ kind: fc.constant("did not fit" as const), job, rows: fc.constantFrom(1, 2, 4) }),
    fc.record({ kind: fc.constant("started" as const), waitedMs: fc.nat(200) }),
    fc.record({ kind: fc.constant("hold" as const), owners: fc.subarray(OWNERS) }),
    fc.record({ kind: fc.constant("policy" as const), policy: fc.constantFrom(...POLICIES) }),
    fc.record({ kind: fc.constantFrom("room" as const, "topology" as const) }),
  ),
  { maxLength: 60 },
);

/** All that was told to a queue and still holds. */
class Facts implements Admission {
  version = 0;
  held: readonly string[] = [];
  policy = POLICIES[0]!;
  readonly waiting = new Set<WaitingJob>();
  readonly needWithheld = new Map<string, WaitingJob>();
  readonly failed = new Map<string, readonly [WaitingJob, rows: number]>();
  readonly waitsMs: number[] = [];

  admits({ owner }: WaitingJob): true | string {
    return !this.held.includes(owner) || "owner";
  }

  /** A queue that is told them all at once. */
  queue(): MachineQueue<WaitingJob> {
    const queue = new MachineQueue<WaitingJob>(SIZE, new OvertakePolicy(1), this);
    for (const job of this.needWithheld.values()) queue.setFeasibility(job, "needsWithheld");
    for (const job of this.waiting) queue.add(job);
    for (const ms of this.waitsMs) queue.started(waitingJob(99, 1, { createdMs: 0 }), ms);
    // By this policy each job decides for itself, so that the queue believes what did not fit.
    for (const [job, rows] of this.failed.values()) queue.didNotFit(job, queue.version, rows);
    queue.setPolicy(this.policy);
    return queue;
  }
}

function ids(jobs: Iterable<WaitingJob>): number[] {
  return [...jobs].map(({ jobId }) => jobId).sort((a, b) => a - b);
}

/** All that a queue may be asked. */
function answers(queue: MachineQueue<WaitingJob>) {
  return {
    waiting: ids(queue.waiting),
    runnable: queue.considered.map(({ jobId }) => jobId),
    candidates: queue.candidates(9, () => true).map(({ jobId }) => jobId),
    largest: queue.largestWaiting(),
    declined: ids([...queue.waiting].filter((job) => queue.declines(job))),
    held: ids([...queue.waiting].filter((job) => queue.holdReasonOf(job))),
  };
}

describe("the queue of a machine", () => {
  it("answers after any history as one that was told at once what still holds", () => {
    fc.assert(
      fc.property(steps, (history) => {
        const facts = new Facts();
        const queue = new MachineQueue<WaitingJob>(SIZE, facts.policy, facts);
        for (const step of history) {
          if (step.kind === "come or go") {
            if (facts.waiting.delete(step.job)) queue.remove(step.job);
            else {
              facts.waiting.add(step.job);
              queue.add(step.job);
            }
          } else if (step.kind === "needs withheld") {
            facts.needWithheld.set(step.job.requestKey, step.job);
            queue.setFeasibility(step.job, "needsWithheld");
          } else if (step.kind === "did not fit") {
            if (!queue.considered.includes(step.job)) continue;
            if (facts.policy.overtaking || queue.considered[0] === step.job) {
              facts.failed.set(step.job.requestKey, [step.job, step.rows]);
            }
            queue.didNotFit(step.job, queue.version, step.rows);
          } else if (step.kind === "started") {
            facts.waitsMs.push(step.waitedMs);
            queue.started(waitingJob(99, 1, { createdMs: 0 }), step.waitedMs);
          } else if (step.kind === "hold") {
            facts.held = step.owners;
            facts.version += 1;
            facts.failed.clear();
            queue.renewAdmissions();
          } else if (step.kind === "policy") {
            facts.policy = step.policy;
            queue.setPolicy(step.policy);
          } else {
            if (step.kind === "topology") {
              facts.needWithheld.clear();
              queue.topologyChanged();
            } else queue.roomChanged();
            facts.failed.clear();
          }
          expect(answers(queue)).toEqual(answers(facts.queue()));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("lets the next machine have a job that did not fit while there was more room, until it is searched for again", () => {
    const queue = new MachineQueue<WaitingJob>(SIZE, new OvertakePolicy(1000));
    const [job] = JOBS;
    queue.add(job!);
    const { version } = queue;
    queue.searchBegan([job!]);
    queue.roomChanged();
    expect(queue.declines(job!)).toBe(false);
    queue.searchEnded();
    queue.didNotFit(job!, version, SIZE.height);
    expect(queue.declines(job!)).toBe(true);
    expect(queue.candidates(1, () => true)).toEqual([job]);
    queue.searchBegan([job!]);
    expect(queue.declines(job!)).toBe(true);
    queue.searchEnded();
    expect(queue.declines(job!)).toBe(false);
  });
});
