/** Jobs that an admission holds: they wait for its word, and nobody waits behind them. */

import { describe, expect, it } from "vitest";
import { QUEUE_POLICIES } from "../../../src/config/description.js";
import type { Admission } from "../../../src/engine/queue/admission.js";
import { FifoPolicy } from "../../../src/engine/queue/fifo.js";
import type { WaitingJob } from "../../../src/engine/queue/waiting-job.js";
import { CLIENT } from "../../support/actors.js";
import { boards, configuration, machine, newJob } from "../fixtures.js";
import { create, fate } from "../jobs.js";
import { EngineHarness } from "../world.js";
import { CountingMachine, waitingJob } from "./counting-machine.js";

/** Holds the jobs of some owners. */
class HoldOwners implements Admission {
  version = 0;
  asked = 0;
  private held: readonly string[] = [];

  hold(...owners: readonly string[]): void {
    this.held = owners;
    this.version += 1;
  }

  admits({ owner }: WaitingJob): true | string {
    this.asked += 1;
    return this.held.includes(owner) ? "owner" : true;
  }
}

describe.each(QUEUE_POLICIES)("under %s, a job that the admission holds", (queuePolicy) => {
  const rules = { queuePolicy, maxSecondsOvertaken: 1 };

  function holdingAnn(machines = [machine("m", 4, 1)]): {
    world: EngineHarness;
    admission: HoldOwners;
  } {
    const admission = new HoldOwners();
    admission.hold("ann");
    return { world: new EngineHarness(configuration(machines, rules), admission), admission };
  }

  const jobOf = (owner: string, count: number, more = {}) => newJob(boards(count, more), { owner });

  it("is told to wait at once, is not searched for, and holds up nobody", () => {
    const { world } = holdingAnn();
    const held = create(world, jobOf("ann", 12));
    world.pass(10_000);
    world.searched = [];
    const others = [1, 2].map(() => create(world, jobOf("bob", 3)));
    expect([held, ...others].map((id) => fate(world, id))).toEqual(["queued", "ready", "ready"]);
    expect(world.searched.flat()).not.toContain(held);
  });

  it("starts when it is let go, before younger jobs that wait", () => {
    const { world, admission } = holdingAnn();
    const running = create(world, jobOf("bob", 12));
    const held = create(world, jobOf("ann", 12));
    world.pass(10_000);
    const younger = create(world, jobOf("bob", 12));
    admission.hold();
    world.engine.destroy(running, null, CLIENT);
    world.pass(31_000);
    expect([held, younger].map((id) => fate(world, id))).toEqual(["ready", "queued"]);
  });

  it("starts at the end of the next turn on a machine that has room", () => {
    const { world, admission } = holdingAnn([
      machine("m", 4, 1),
      machine("n", 4, 1, { cabinet: 1 }),
    ]);
    const held = create(world, jobOf("ann", 12));
    admission.hold();
    const other = create(world, jobOf("bob", 24));
    expect(fate(world, held)).toBe("ready");
    expect(fate(world, other)).toMatch(/No suitable machines/);
  });

  it("ends like any other that no machine could ever hold", () => {
    const { world } = holdingAnn();
    const impossible = create(world, jobOf("ann", 13));
    expect(fate(world, impossible)).toMatch(/No suitable machines/);
  });

  it("is held again after a crash, and after a reload", () => {
    const { world } = holdingAnn();
    const held = create(world, jobOf("ann", 3));
    world.crash();
    world.settle();
    expect(fate(world, held)).toBe("queued");
    world.engine.reconfigure(configuration([machine("m", 4, 1)], rules));
    world.settle();
    expect(fate(world, held)).toBe("queued");
  });
});

describe("the admission of a queue", () => {
  it("is asked once for a job, and once more for each that waits when its answers change", () => {
    const admission = new HoldOwners();
    const counting = new CountingMachine(new FifoPolicy(), admission);
    counting.create(20);
    const [ann, bob] = ["ann", "bob"].map((owner) => counting.create(20, { owner }));
    counting.end();
    expect(counting.running).toEqual([ann]);
    expect(admission.asked).toBe(3);
    admission.hold("bob");
    counting.settle();
    expect(admission.asked).toBe(4);
    counting.settle();
    expect(admission.asked).toBe(4);
    expect(counting.queue.holdReasonOf(bob!)).toBe("owner");
    counting.end();
    expect(counting.running).toEqual([]);
    admission.hold();
    counting.settle();
    expect(counting.queue.holdReasonOf(bob!)).toBeUndefined();
    expect(counting.running).toEqual([bob]);
  });

  it("no longer lets a job be offered that it came to hold while a batch was under way", () => {
    const admission = new HoldOwners();
    const counting = new CountingMachine(new FifoPolicy(), admission);
    counting.create(20);
    const job = counting.create(20, { owner: "ann" });
    const { queue } = counting;
    queue.roomChanged();
    queue.searchBegan(queue.candidates(10, () => true));
    expect(queue.declines(job)).toBe(false);
    admission.hold("ann");
    queue.renewAdmissions();
    expect(queue.declines(job)).toBe(true);
    expect(queue.candidates(10, () => true)).toEqual([]);
  });

  it("lets those be searched for that a search did not come to because of a job that is held now", () => {
    const admission = new HoldOwners();
    const counting = new CountingMachine(new FifoPolicy(), admission);
    counting.create(19);
    const large = counting.create(20, { owner: "ann" });
    const { queue } = counting;
    const small = waitingJob(3, 1, { owner: "bob" });
    queue.add(small);
    queue.roomChanged();
    const { version } = queue;
    const batch = queue.candidates(10, () => true);
    queue.searchBegan(batch);
    admission.hold("ann");
    queue.renewAdmissions();
    queue.searchEnded();
    for (const job of batch) queue.didNotFit(job, version, 4);
    expect(batch).toEqual([large, small]);
    expect(queue.candidates(10, () => true)).toEqual([small]);
  });
});
