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

  it("of a host are forgotten oldest first, and only while no other host has more of them", () => {
    const LIMIT = 8;
    const ends = fc.array(fc.constantFrom("10.0.0.1", "10.0.0.2", "10.0.0.3", null), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(ends, fc.array(fc.boolean(), { maxLength: 60 }), (hosts, restarts) => {
        const rows = new Map<number, EndedJobRecord>();
        let server = remembering(LIMIT, rows);
        const ended = new Map<string | null, number[]>();
        for (const [at, host] of hosts.entries()) {
          const { endedJobs } = server;
          const jobId = at + 1;
          endedJobs.add({ ...endedJob(jobId, "done", endedJobs.nextOrder()), host });
          server.commit();
          ended.set(host, [...(ended.get(host) ?? []), jobId]);
          if (restarts[at] === true) server = remembering(LIMIT, rows);
        }
        const kept = [...ended].map(([, jobIds]) => {
          const known = jobIds.filter((jobId) => server.endedJobs.get(jobId) !== undefined);
          expect(known).toEqual(jobIds.slice(jobIds.length - known.length));
          return { known: known.length, isWhole: known.length === jobIds.length };
        });
        expect(rows.size).toBe(Math.min(LIMIT, hosts.length));
        const most = Math.max(0, ...kept.map(({ known }) => known));
        for (const { known, isWhole } of kept) {
          if (!isWhole) expect(known).toBeGreaterThanOrEqual(most - 1);
        }
      }),
    );
  });

  it("of one client are known, however many jobs another one ends", () => {
    const LIMIT = 100;
    const { endedJobs, commit } = remembering(LIMIT, new Map());
    const end = (jobId: number, host: string) =>
      endedJobs.add({ ...endedJob(jobId, "done", endedJobs.nextOrder()), host });
    end(1, "10.0.0.1");
    for (let jobId = 2; jobId < 10_000; jobId++) end(jobId, "10.0.0.2");
    commit();
    expect(endedJobs.get(1)).toBeDefined();
    expect(endedJobs.get(9_999)).toBeDefined();
    expect(endedJobs.get(9_900)).toBeUndefined();
  });
});
