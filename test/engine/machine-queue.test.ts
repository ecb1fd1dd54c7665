/** What a machine's queue remembers. */
import { describe, expect, it } from "vitest";
import { requestKey } from "../../src/domain/request.js";
import { MachineQueue } from "../../src/engine/queue/machine-queue.js";
import type { WaitingJob } from "../../src/engine/queue/policy.js";
import { boards } from "./fixtures.js";

function jobFor(jobId: number): WaitingJob {
  const request = boards(2 + jobId);
  return { jobId, request, requestKey: requestKey(request), createdMs: jobId };
}

describe("the queue of a machine", () => {
  it("keeps the verdicts on what waits, and of all the others only so many", () => {
    const queue = new MachineQueue<WaitingJob>({ width: 20, height: 20 });
    const waiting = jobFor(1);
    queue.add(waiting);
    queue.setFeasibility(waiting, "possible");
    const gone = Array.from({ length: 25_000 }, (_, at) => jobFor(2 + at));
    for (const job of gone) queue.setFeasibility(job, "possible");
    expect(queue.feasibilityOf(waiting)).toBe("possible");
    const remembered = gone.filter((job) => queue.feasibilityOf(job) !== undefined);
    expect(remembered.length).toBeGreaterThan(0);
    expect(remembered.length).toBeLessThanOrEqual(10_002);
  });
});
