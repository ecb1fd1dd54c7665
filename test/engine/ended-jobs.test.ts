import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EndedJobRecord } from "../../src/engine/contract/records.js";
import { EndedJobs } from "../../src/engine/state/ended-jobs.js";
import { Journal } from "../../src/engine/state/journal.js";
import { endedJob } from "./jobs.js";

/** Ended jobs whose changes are committed to `rows` when they are told to. */
function remembering(limit: number, rows: Map<number, EndedJobRecord>) {
  let endTurn = (): void => {};
  const journal = new Journal({
    clock: {
      nowMs: () => 0,
      elapsedMs: () => 0,
      attendedMs: () => 0,
      after: () => ({ cancel: () => {} }),
      endOfTurn: (callback) => {
        endTurn = callback;
      },
    },
    store: {
      commit: ({ endedJobs }, done) => {
        for (const row of endedJobs.put) rows.set(row.jobId, row);
        for (const jobId of endedJobs.delete) rows.delete(jobId);
        done();
      },
    },
    onDurable: () => {},
    onEvents: () => {},
    beforeCommit: () => {},
  });
  const endedJobs = new EndedJobs(journal, limit);
  endedJobs.restore([...rows.values()].sort((a, b) => a.jobId - b.jobId));
  return { endedJobs, commit: () => endTurn() };
}

describe("ended jobs", () => {
  it("are remembered by when they ended, not by their ids, over restarts as well", () => {
    const LIMIT = 4;
    const ends = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(ends, fc.array(fc.boolean(), { maxLength: 20 }), (jobIds, restarts) => {
        const rows = new Map<number, EndedJobRecord>();
        let server = remembering(LIMIT, rows);
        for (const [at, jobId] of jobIds.entries()) {
          const { endedJobs } = server;
          endedJobs.add(endedJob(jobId, `end ${at}`, endedJobs.nextOrder()));
          server.commit();
          if (restarts[at] === true) server = remembering(LIMIT, rows);
        }
        for (const [at, jobId] of jobIds.entries()) {
          const remembered = at >= jobIds.length - LIMIT;
          const reason = server.endedJobs.get(jobId)?.reason;
          expect(reason).toEqual(remembered ? { code: "destroyed", text: `end ${at}` } : undefined);
          expect(rows.has(jobId)).toBe(remembered);
        }
      }),
    );
  });
});
