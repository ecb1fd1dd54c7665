import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StateLostError } from "../../src/store/index.js";
import { CommitQueue } from "../../src/store/lmdb/commit-queue.js";
import type { Write } from "../../src/store/records/tables.js";
import { RecordingLog } from "./records.js";

const TIMES = { firstPauseMs: 1, longestPauseMs: 2, slowMs: 10_000 };

/** A change set that can be recognised. */
function changeSet(n: number): Write[] {
  return [{ table: "jobs", key: Buffer.from([n]), value: Buffer.from([n]) }];
}

const numbers = (writes: readonly Write[]): number[] => writes.map(({ key }) => key[0]!);

/** A disk whose n-th write fails where the plan says so, and that has room once the plan is over. */
class PlannedDisk {
  readonly attempts: number[][] = [];
  readonly written: number[] = [];
  busy = false;

  constructor(private readonly failures: readonly boolean[]) {}

  readonly write = async (writes: readonly Write[]): Promise<void> => {
    expect(this.busy).toBe(false);
    this.busy = true;
    await new Promise((resolve) => setImmediate(resolve));
    this.busy = false;
    const attempt = this.attempts.push(numbers(writes)) - 1;
    if (this.failures[attempt] === true) throw new Error("disk full");
    this.written.push(...numbers(writes));
  };
}

function queueOn(disk: PlannedDisk, log = new RecordingLog()): CommitQueue {
  const onLost = (reason: Error) => {
    throw reason;
  };
  return new CommitQueue({ write: disk.write, log, onLost, times: TIMES });
}

describe("the commit queue", () => {
  it("commits in order and says so in order, whatever fails and whenever change sets arrive", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 8 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 12 }),
        async (failures, turnsBetween) => {
          const disk = new PlannedDisk(failures);
          const log = new RecordingLog();
          const queue = queueOn(disk, log);
          const done: number[] = [];
          for (const [n, turns] of turnsBetween.entries()) {
            queue.commit(changeSet(n), () => {
              expect(disk.written).toContain(n);
              done.push(n);
            });
            for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
          }
          const everything = turnsBetween.map((_, n) => n);
          while (done.length < everything.length) await new Promise((r) => setTimeout(r, 1));
          await queue.close();
          expect(done).toStrictEqual(everything);
          expect(disk.written).toStrictEqual(everything);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("tries a failed group again as it was, and tells of trouble and of its end once", async () => {
    const disk = new PlannedDisk([true, true, true]);
    const log = new RecordingLog();
    const queue = queueOn(disk, log);
    await new Promise<void>((resolve) => {
      queue.commit(changeSet(1), () => {});
      queue.commit(changeSet(2), resolve);
    });
    await queue.close();
    expect(disk.attempts).toStrictEqual([
      [1, 2],
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    expect(log.of("error")).toHaveLength(1);
    expect(log.of("error")[0]).toContain("cannot be written");
    expect(log.of("warn")).toHaveLength(1);
  });

  it("shares one transaction among the change sets that wait", async () => {
    const disk = new PlannedDisk([]);
    const queue = queueOn(disk);
    for (let n = 0; n < 5; n++) queue.commit(changeSet(n), () => {});
    await queue.close();
    expect(disk.attempts).toStrictEqual([[0, 1, 2, 3, 4]]);
  });

  it("takes change sets from within a done", async () => {
    const disk = new PlannedDisk([]);
    const queue = queueOn(disk);
    await new Promise<void>((resolve) => {
      queue.commit(changeSet(1), () => queue.commit(changeSet(2), resolve));
    });
    expect(disk.written).toStrictEqual([1, 2]);
    await queue.close();
  });

  it("writes and reports nothing once the state is lost, and says so once", async () => {
    const lost: Error[] = [];
    const reason = new StateLostError("/state", null);
    let writes = 0;
    const queue = new CommitQueue({
      async write() {
        writes++;
        throw reason;
      },
      log: new RecordingLog(),
      onLost: (error) => void lost.push(error),
      times: TIMES,
    });
    const done: number[] = [];
    for (let n = 0; n < 4; n++) {
      queue.commit(changeSet(n), () => done.push(n));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await expect(queue.close()).rejects.toBe(reason);
    expect({ done, lost, writes }).toEqual({ done: [], lost: [reason], writes: 1 });
  });

  it("says that something was not saved when the disk fails to the end", async () => {
    const disk = new PlannedDisk(Array.from({ length: 1000 }, () => true));
    const queue = queueOn(disk);
    let told = false;
    queue.commit(changeSet(1), () => {
      told = true;
    });
    await expect(queue.close()).rejects.toMatchObject({ code: "STATE_NOT_SAVED" });
    expect(told).toBe(false);
    expect(() => queue.commit(changeSet(2), () => {})).toThrow("closed");
  });
});

describe("a write for which this process lacks something", () => {
  it.each<[string, Error, string]>([
    ["files", Object.assign(new Error("open"), { code: "EMFILE" }), "LimitNOFILE="],
    ["files, as LMDB says it", Object.assign(new Error("mdb"), { code: 24 }), "LimitNOFILE="],
    ["memory, as LMDB says it", Object.assign(new Error("mdb"), { code: 12 }), "no memory left"],
    ["room on the disk", Object.assign(new Error("mdb"), { code: 28 }), "full or failing disk"],
    ["what LMDB alone knows", Object.assign(new Error("mdb"), { code: -30792 }), "failing disk"],
  ])("is said to lack that, and not a disk: %s", async (_, error, words) => {
    const log = new RecordingLog();
    let failures = 1;
    const queue = new CommitQueue({
      write: () => (failures-- > 0 ? Promise.reject(error) : Promise.resolve()),
      log,
      onLost: () => {},
      times: TIMES,
    });
    await new Promise<void>((done) => queue.commit([], done));
    expect(log.of("error")).toEqual([expect.stringContaining(words)]);
  });
});
