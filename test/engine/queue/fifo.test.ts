/** First come, first served. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FifoPolicy } from "../../../src/engine/queue/fifo.js";
import { MachineQueue } from "../../../src/engine/queue/machine-queue.js";
import type { WaitingJob } from "../../../src/engine/queue/waiting-job.js";
import { CountingMachine, SIZE, waitingJob } from "./counting-machine.js";
import { histories, play } from "./histories.js";

describe("under fifo", () => {
  it("jobs start strictly in order of creation, except those that need withheld boards, and all do", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { starts, left } = play(new FifoPolicy(), history);
        expect(starts.filter(({ before }) => before.length > 0)).toEqual([]);
        expect(left).toEqual([]);
      }),
    );
  });

  it("the jobs up to the first that a better machine may take are searched for, oldest first", () => {
    const cases = fc.record({
      jobs: fc.nat(20),
      limit: fc.integer({ min: 1, max: 25 }),
      elsewhere: fc.array(fc.nat(20)),
    });
    fc.assert(
      fc.property(cases, ({ jobs, limit, elsewhere }) => {
        const queue = new MachineQueue<WaitingJob>(SIZE, new FifoPolicy());
        for (let id = 0; id < jobs; id++) queue.add(waitingJob(id, 1 + (id % 3)));
        const ids = queue
          .candidates(limit, ({ jobId }) => !elsewhere.includes(jobId))
          .map(({ jobId }) => jobId);
        const count = Math.min(jobs, limit, ...elsewhere);
        expect(ids).toEqual(Array.from({ length: count }, (_, id) => id));
      }),
    );
  });

  it("a job behind one that did not fit was not searched for, whatever its batch says", () => {
    const machine = new CountingMachine(new FifoPolicy());
    machine.create(1);
    const oldest = machine.create(20);
    const younger = machine.create(1);
    const { queue } = machine;
    queue.didNotFit(younger, queue.version, SIZE.height);
    queue.remove(oldest);
    expect(queue.candidates(10, () => true)).toEqual([younger]);
  });

  it("everybody waits, and is known to, while the oldest has no room", () => {
    const machine = new CountingMachine(new FifoPolicy());
    machine.create(1);
    const oldest = machine.create(20);
    const younger = machine.create(1);
    const { queue } = machine;
    expect(queue.candidates(10, () => true)).toEqual([]);
    expect([oldest, younger].map((job) => queue.declines(job))).toEqual([true, true]);
    expect(queue.largestWaiting()).toBe(0);
    queue.roomChanged();
    expect(queue.candidates(10, () => true)).toEqual([oldest, younger]);
    expect([oldest, younger].map((job) => queue.declines(job))).toEqual([false, false]);
  });
});
