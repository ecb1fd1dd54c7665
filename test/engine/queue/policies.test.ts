/** Policies from the configuration, and how little a new one takes. */

import { describe, expect, it } from "vitest";
import { QUEUE_POLICIES } from "../../../src/config/description.js";
import { triadsAsked } from "../../../src/domain/request.js";
import { FifoPolicy } from "../../../src/engine/queue/fifo.js";
import { OvertakePolicy } from "../../../src/engine/queue/overtake.js";
import { queuePolicyOf } from "../../../src/engine/queue/policies.js";
import type { QueuePolicy, QueueView } from "../../../src/engine/queue/queue-policy.js";
import type { WaitingJob } from "../../../src/engine/queue/waiting-job.js";
import { CLIENT } from "../../support/actors.js";
import { EngineHarness } from "../engine-harness.js";
import { boards, configuration, machine, newJob } from "../fixtures.js";
import { create, fate } from "../jobs.js";
import { CountingMachine } from "./counting-machine.js";

/** Small jobs first. Large ones may starve by it, so it is good for tests only. */
class SmallestFirst implements QueuePolicy {
  readonly overtaking = true;

  candidates<Job extends WaitingJob>(
    queue: QueueView<Job>,
    limit: number,
    mayOffer: (job: Job) => boolean,
  ): Job[] {
    return queue.considered
      .filter((job) => !queue.hasNoRoomFor(job) && mayOffer(job))
      .sort((a, b) => triadsAsked(a.request) - triadsAsked(b.request) || a.jobId - b.jobId)
      .slice(0, limit);
  }

  mustWait<Job extends WaitingJob>(queue: QueueView<Job>, job: Job): boolean {
    return queue.hasNoRoomFor(job);
  }

  decidedBy<Job extends WaitingJob>(_queue: QueueView<Job>, job: Job): Job {
    return job;
  }

  largestWaiting(): number {
    return 0;
  }
}

describe("the queue policy of a configuration", () => {
  it("is the one of its name, and every name has one", () => {
    const policies = QUEUE_POLICIES.map((queuePolicy) =>
      queuePolicyOf({ queuePolicy, maxSecondsOvertaken: 3600 }),
    );
    expect(policies).toEqual([new OvertakePolicy(3_600_000), new FifoPolicy()]);
  });
});

describe("a third policy", () => {
  it("decides who starts, with a queue that knows nothing of it", () => {
    const counting = new CountingMachine(new SmallestFirst());
    counting.create(20);
    const [large, small, medium] = [10, 1, 5].map((triads) => counting.create(triads));
    counting.end();
    expect(counting.started.slice(1)).toEqual([small, medium, large]);
  });

  it("decides in the engine, too", () => {
    const world = new EngineHarness(configuration([machine("m", 4, 1)]));
    world.engine["state"].machines[0]!.queue.setPolicy(new SmallestFirst());
    const all = create(world, newJob(boards(12)));
    const [large, small, medium] = [12, 3, 6].map((count) => create(world, newJob(boards(count))));
    world.engine.destroy(all, null, CLIENT);
    world.pass(31_000);
    expect([large, small, medium].map((id) => fate(world, id!))).toEqual([
      "queued",
      "ready",
      "ready",
    ]);
  });
});
