import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChangeSet, SavedState } from "../../src/engine/contract/records.js";
import { type LmdbStore, openLmdbStore } from "../../src/store/index.js";
import { endedJob } from "../engine/jobs.js";
import {
  cooldown,
  emptyDirectory,
  endedJobRecord,
  failedBoard,
  HIGH_COUNTERS,
  job,
  machine,
  NO_CHANGES,
  quarantine,
  queuedJob,
  RecordingLog,
} from "./records.js";

function reopen(directory: string): LmdbStore {
  return openLmdbStore({ directory, durable: "relaxed", log: new RecordingLog() });
}

function commit(store: LmdbStore, changes: ChangeSet): Promise<void> {
  return new Promise((resolve) => store.commit(changes, resolve));
}

const puts = <T>(rows: fc.Arbitrary<T>, key: (row: T) => string | number) =>
  fc
    .uniqueArray(rows, { maxLength: 6, selector: key })
    .map((put) => ({ put, delete: [] as const }));

const changeSet = fc.record({
  jobs: puts(job, (row) => row.jobId),
  endedJobs: puts(endedJobRecord, (row) => row.jobId),
  cooldowns: puts(cooldown, (row) => row.cooldownId),
  quarantine: puts(quarantine, (row) => JSON.stringify([row.machineName, row.board])),
  machines: puts(machine, (row) => row.machineId),
  counters: fc.constant(HIGH_COUNTERS),
});

/** Rows in an order that does not depend on how tables are sorted. */
function sorted<T>(rows: readonly T[]): T[] {
  return rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

describe("the store", () => {
  it("gives back every kind of record exactly as it was committed, after a restart", async () => {
    await fc.assert(
      fc.asyncProperty(changeSet, async (changes) => {
        const directory = emptyDirectory();
        const first = reopen(directory);
        await commit(first, changes);
        await first.close();
        const second = reopen(directory);
        const state = second.load();
        await second.close();
        for (const table of ["jobs", "endedJobs", "cooldowns", "quarantine", "machines"] as const) {
          expect(sorted<unknown>(state[table])).toEqual(sorted<unknown>(changes[table].put));
        }
        expect(state.counters).toStrictEqual(HIGH_COUNTERS);
      }),
      { numRuns: 60 },
    );
  });

  it("starts empty, with ids from 1", async () => {
    const store = reopen(emptyDirectory());
    expect(store.load()).toStrictEqual({
      counters: { nextJobId: 1, nextMachineId: 1, nextCooldownId: 1 },
      jobs: [],
      endedJobs: [],
      cooldowns: [],
      quarantine: [],
      machines: [],
    } satisfies SavedState);
    await store.close();
  });

  it("behaves like a map under any sequence of puts and deletes", async () => {
    const step = fc.record({
      put: fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }),
      delete: fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const directory = emptyDirectory();
        const store = reopen(directory);
        const model = new Set<number>();
        const counters = HIGH_COUNTERS;
        await Promise.all(
          steps.map((changes) => {
            for (const jobId of changes.delete) model.delete(jobId);
            for (const jobId of changes.put) model.add(jobId);
            const jobs = { put: changes.put.map(queuedJob), delete: changes.delete };
            return commit(store, { ...NO_CHANGES, jobs, counters });
          }),
        );
        await store.close();
        const again = reopen(directory);
        const ids = again.load().jobs.map(({ jobId }) => jobId);
        await again.close();
        expect(ids).toStrictEqual([...model].sort((a, b) => a - b));
      }),
      { numRuns: 40 },
    );
  });

  it("lists jobs by ascending id, past 32 bits", async () => {
    const ids = [2 ** 40, 3, 2 ** 32, 255, 256, 2 ** 32 - 1, 1];
    const directory = emptyDirectory();
    const store = reopen(directory);
    const jobs = { put: ids.map(queuedJob), delete: [] };
    await commit(store, { ...NO_CHANGES, jobs, counters: HIGH_COUNTERS });
    await store.close();
    const again = reopen(directory);
    expect(again.load().jobs.map(({ jobId }) => jobId)).toStrictEqual(
      ids.toSorted((a, b) => a - b),
    );
    await again.close();
  });

  it("forgets all but the counters on a cold start", async () => {
    const directory = emptyDirectory();
    const store = reopen(directory);
    const counters = { nextJobId: 8, nextMachineId: 3, nextCooldownId: 5 };
    await commit(store, {
      ...NO_CHANGES,
      jobs: { put: [queuedJob(7)], delete: [] },
      endedJobs: { put: [{ ...endedJob(6, "done"), order: 1 }], delete: [] },
      quarantine: { put: [failedBoard("m", 2)], delete: [] },
      counters,
    });
    await store.close();
    const again = reopen(directory);
    again.clear();
    const empty = {
      counters,
      jobs: [],
      endedJobs: [],
      cooldowns: [],
      quarantine: [],
      machines: [],
    };
    expect(again.load()).toStrictEqual(empty);
    await again.close();
    const third = reopen(directory);
    expect(third.load()).toStrictEqual(empty);
    await third.close();
  });

  it("reads 10,000 jobs in one go", async () => {
    const directory = emptyDirectory();
    const store = reopen(directory);
    const put = Array.from({ length: 10_000 }, (_, i) => queuedJob(i + 1));
    await commit(store, { ...NO_CHANGES, jobs: { put, delete: [] }, counters: HIGH_COUNTERS });
    await store.close();
    const started = performance.now();
    const again = reopen(directory);
    const opened = performance.now();
    const { jobs } = again.load();
    const loaded = performance.now();
    expect(jobs).toStrictEqual(put);
    await again.close();
    console.log(
      `10,000 jobs: ${(opened - started).toFixed(0)} ms to check and open, ${(loaded - opened).toFixed(0)} ms to read`,
    );
  });
});
