import { describe, expect, it } from "vitest";
import type { EndReason } from "../../src/engine/contract/end-reasons.js";
import type { ChangeSet } from "../../src/engine/contract/records.js";
import { Journal } from "../../src/engine/state/journal.js";
import { SimulatedClock } from "../simulation/clock.js";
import { HOST } from "../support/actors.js";
import { endedJob } from "./jobs.js";

/** A store that writes when it is told to. */
class HeldStore {
  readonly underWay: { changes: ChangeSet; done: () => void }[] = [];
  commit(changes: ChangeSet, done: () => void): void {
    this.underWay.push({ changes, done });
  }
}

function journalOn(store: HeldStore) {
  const clock = new SimulatedClock();
  const told: number[] = [];
  let durable = 0;
  const journal: Journal = new Journal({
    clock,
    store,
    beforeCommit: () => {},
    onDurable: () => {
      durable = journal.durableMark;
    },
    onEvents: (events) => {
      for (const event of events) if (event.kind === "jobHostChanged") told.push(event.job.jobId);
    },
  });
  const change = (jobId: number, reason: string): number => {
    journal.endedJobs.put(jobId, () => endedJob(jobId, reason));
    const job = { jobId, owner: "me", host: HOST, startTimeS: 0 };
    journal.tell({ kind: "jobHostChanged", atMs: 0, job }, `host of job ${jobId}`);
    return journal.mark;
  };
  return { clock, journal, told, change, durable: () => durable };
}

describe("the journal, when the store writes nothing", () => {
  it("gives it a bounded number of sets; the last word on each row waits for the rest to be durable", () => {
    const store = new HeldStore();
    const { clock, change, told, durable } = journalOn(store);
    let mark = 0;
    for (let turn = 0; turn < 10_000; turn++) {
      mark = change(turn % 100, `turn ${turn}`);
      clock.endTurn();
    }
    expect(store.underWay.length).toBeLessThan(100);
    const rows = new Map<number, EndReason>();
    while (store.underWay.length > 0) {
      const { changes, done } = store.underWay.shift()!;
      for (const { jobId, reason } of changes.endedJobs.put) rows.set(jobId, reason);
      expect(durable()).toBeLessThan(mark);
      done();
      clock.endTurn();
    }
    expect(durable()).toBe(mark);
    expect(rows.size).toBe(100);
    for (const [jobId, reason] of rows) {
      expect(reason).toEqual({ code: "destroyed", text: `turn ${9900 + jobId}` });
    }
    expect(new Set(told).size).toBe(100);
  });

  it("knows for how long, and no longer than that", () => {
    const store = new HeldStore();
    const { clock, journal, change } = journalOn(store);
    expect(journal.waitingMs).toBe(0);
    change(1, "first");
    clock.endTurn();
    clock.passTo(clock.elapsedMs() + 2_000);
    change(2, "second");
    clock.endTurn();
    clock.passTo(clock.elapsedMs() + 1_500);
    expect(journal.waitingMs).toBe(3_500);
    store.underWay.shift()!.done();
    expect(journal.waitingMs).toBe(1_500);
    store.underWay.shift()!.done();
    expect(journal.waitingMs).toBe(0);
  });
});
