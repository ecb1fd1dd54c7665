/** States larger than a buffer, files that are mostly free, and states that may not grow any more. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { open } from "lmdb";
import { describe, expect, it } from "vitest";
import type { Store } from "../../src/engine/contract/store-port.js";
import { readDataFile } from "../../src/store/file/data-file.js";
import { PageSet } from "../../src/store/file/page-set.js";
import { backUpState, readSnapshot } from "../../src/store/index.js";
import { StateDatabase } from "../../src/store/lmdb/database.js";
import { SMALL_DISKS, SmallDisk } from "../support/small-disk.js";
import { Committer } from "./committer-process.js";
import { openState, visitState } from "./open.js";
import { emptyDirectory, HIGH_COUNTERS, NO_CHANGES, queuedJob, RecordingLog } from "./records.js";

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** More than the file may have ahead of what is in use. */
const ROOM = 8 * MIB;

const dataFile = (directory: string) => join(directory, "data.mdb");
const sizeOf = (directory: string) => statSync(dataFile(directory)).size;

function commitJobs(
  store: Store,
  { from = 1, count = 0, argsBytes = 0, ended = [] as number[] },
): Promise<void> {
  const put = Array.from({ length: count }, (_, n) => ({
    ...queuedJob(from + n),
    argsJson: JSON.stringify("x".repeat(argsBytes)),
  }));
  const jobs = { put, delete: ended };
  return new Promise((resolve) => {
    store.commit({ ...NO_CHANGES, jobs, counters: HIGH_COUNTERS }, resolve);
  });
}

/** A state with so many jobs of 16 KiB, in one file. */
async function stateOf(directory: string, jobs: number): Promise<void> {
  const store = await openState(directory);
  for (let from = 1; from <= jobs; from += 25) {
    await commitJobs(store, { from, count: Math.min(25, jobs - from + 1), argsBytes: 16 * KIB });
  }
  await store.close();
}

/** Ends all jobs of a state but those with the lowest ids. */
async function endAllBut(directory: string, kept: number, jobs: number): Promise<void> {
  const store = await openState(directory, { compactFromBytes: Number.POSITIVE_INFINITY });
  const ended = Array.from({ length: jobs - kept }, (_, n) => kept + 1 + n);
  await commitJobs(store, { ended });
  await store.close();
}

const jobIdsIn = async (directory: string) =>
  (await readSnapshot(directory)).state.jobs.map(({ jobId }) => jobId);

describe("a state file beyond 2 GiB", () => {
  const beyond = async () => {
    const directory = emptyDirectory();
    await stateOf(directory, 20);
    // A hole behind what is in use: it is there for every program, and takes no room on the disk.
    truncateSync(dataFile(directory), 5 * GIB);
    return directory;
  };

  it("is opened, looked into and backed up", async () => {
    const directory = await beyond();
    const ids = Array.from({ length: 20 }, (_, n) => n + 1);
    expect(await jobIdsIn(directory)).toEqual(ids);
    const target = emptyDirectory();
    await backUpState(directory, target);
    expect(await jobIdsIn(target)).toEqual(ids);
    const store = await openState(directory, { compactFromBytes: Number.POSITIVE_INFINITY });
    expect((await store.load()).jobs).toHaveLength(20);
    await store.close();
    expect(sizeOf(directory)).toBe(5 * GIB);
  });

  it("is a small one after the next start", async () => {
    const directory = await beyond();
    await visitState(directory);
    expect(sizeOf(directory)).toBeLessThan(2 * MIB + ROOM);
    expect(await jobIdsIn(directory)).toHaveLength(20);
  });
});

describe("a state file is read in pieces", () => {
  it("in memory is what was asked for, however large the file is", async () => {
    const directory = emptyDirectory();
    await stateOf(directory, 2_000);
    expect(sizeOf(directory)).toBeGreaterThan(32 * MIB);
    const before = process.memoryUsage().arrayBuffers;
    const content = await readDataFile(dataFile(directory), { patienceMs: 0, only: "meta" });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * MIB);
    expect(content).toMatchObject({ damage: null, rows: [{ table: "meta" }, { table: "meta" }] });
  });

  it("of one table, where nothing else is to be known, only its own pages are read", async () => {
    const directory = emptyDirectory();
    await stateOf(directory, 400);
    const options = { patienceMs: 0, only: "meta", passOver: true };
    const content = await readDataFile(dataFile(directory), options);
    expect(content).toMatchObject({ damage: null, rows: [{ table: "meta" }, { table: "meta" }] });
    expect(content).toMatchObject({ use: { pagesInUse: 2, freePages: 0 } });
  });

  it("of a file that is mostly free, only what is in use is read", async () => {
    const directory = emptyDirectory();
    await stateOf(directory, 2_000);
    await endAllBut(directory, 10, 2_000);
    const content = await readDataFile(dataFile(directory), { patienceMs: 0 });
    if (content === "changing" || content.use === null) throw new Error("it stands still");
    const { pagesInUse, freePages, pageBytes } = content.use;
    expect(pagesInUse * pageBytes).toBeLessThan(MIB);
    expect(freePages * pageBytes).toBeGreaterThan(32 * MIB);
  });

  it("a set of pages says of each whether it was there", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(200_000), fc.nat(2 ** 31 - 1))), (pages) => {
        const set = new PageSet();
        const model = new Set<number>();
        for (const page of pages) {
          expect(set.has(page)).toBe(model.has(page));
          expect(set.add(page)).toBe(!model.has(page));
          model.add(page);
        }
      }),
    );
  });
});

describe("a state file that is mostly free", () => {
  const COMPACT = { compactFromBytes: MIB };

  it("is compacted at the next start: every record as it was, for the same users", async () => {
    const directory = emptyDirectory();
    await stateOf(directory, 1_000);
    await endAllBut(directory, 100, 1_000);
    chmodSync(dataFile(directory), 0o640);
    const before = await readSnapshot(directory);
    const log = new RecordingLog();
    await visitState(directory, { ...COMPACT, log });
    expect(log.of("info")).toEqual([
      expect.stringMatching(/^the state file was compacted from \d\d\.\d MiB to 2\.\d MiB in /),
    ]);
    expect(sizeOf(directory)).toBeLessThan(3 * MIB + ROOM);
    expect(statSync(dataFile(directory)).mode & 0o777).toBe(0o640);
    expect((await readSnapshot(directory)).state).toEqual(before.state);
    expect(readdirSync(directory).sort()).toEqual(["data.mdb", "lock.mdb"]);
  });

  it("is left alone while half of it is in use, and when it is small", async () => {
    const directory = emptyDirectory();
    await stateOf(directory, 1_000);
    await endAllBut(directory, 800, 1_000);
    const before = sizeOf(directory);
    await visitState(directory, COMPACT);
    expect(sizeOf(directory)).toBe(before);
    await endAllBut(directory, 1, 800);
    const free = sizeOf(directory);
    await visitState(directory);
    expect(sizeOf(directory)).toBe(free);
  });

  it("keeps tables that only a newer version knows", async () => {
    const directory = emptyDirectory();
    await stateOf(directory, 200);
    const newer = open<Buffer, Buffer>({ path: directory, noSubdir: false, encoding: "binary" });
    await newer.openDB<string, string>("of a newer version", { encoding: "string" }).put("a", "b");
    await newer.close();
    await endAllBut(directory, 1, 200);
    await visitState(directory, COMPACT);
    const after = open<Buffer, Buffer>({ path: directory, noSubdir: false, encoding: "binary" });
    const table = after.openDB<string, string>("of a newer version", { encoding: "string" });
    expect(table.get("a")).toBe("b");
    await after.close();
  });

  it("whose compaction was killed is the old one, and what was begun is removed", async () => {
    const directory = emptyDirectory();
    await stateOf(directory, 200);
    mkdirSync(join(directory, "compacted.tmp"));
    const half = readFileSync(dataFile(directory)).subarray(0, 100_000);
    writeFileSync(join(directory, "compacted.tmp", "data.mdb"), half);
    await visitState(directory, COMPACT);
    expect(await jobIdsIn(directory)).toHaveLength(200);
    expect(readdirSync(directory).sort()).toEqual(["data.mdb", "lock.mdb"]);
  });

  it.runIf(SMALL_DISKS)("stays as it is on a disk with too little room, and is used", async () => {
    const disk = SmallDisk.mount(32)!;
    try {
      await stateOf(disk.directory, 600);
      await endAllBut(disk.directory, 100, 600);
      disk.fill();
      const before = sizeOf(disk.directory);
      const log = new RecordingLog();
      await visitState(disk.directory, { ...COMPACT, log });
      expect(log.of("warn")).toEqual([expect.stringContaining("the disk has too little room")]);
      expect(sizeOf(disk.directory)).toBe(before);
      expect(await jobIdsIn(disk.directory)).toHaveLength(100);
    } finally {
      disk.unmount();
    }
  });
});

describe("a process that compacts a state", () => {
  /** A file of 14 MiB with 100 jobs, over and over. */
  async function mostlyFree(): Promise<() => string> {
    const original = emptyDirectory();
    await stateOf(original, 700);
    await endAllBut(original, 100, 700);
    return () => {
      const directory = emptyDirectory();
      cpSync(dataFile(original), dataFile(directory));
      return directory;
    };
  }
  const ids = Array.from({ length: 100 }, (_, n) => n + 1);

  it("may be killed at any moment: the state is whole, and the next start goes on", async () => {
    const copy = await mostlyFree();
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 80, noNaN: true }), async (ms) => {
        const directory = copy();
        const process = new Committer("compact", directory);
        const folder = join(directory, "compacted.tmp");
        while (!existsSync(folder) && process.lines.length === 0) await sleep(0);
        await sleep(ms);
        await process.kill("SIGKILL");
        expect(await jobIdsIn(directory)).toEqual(ids);
        await visitState(directory, { compactFromBytes: 1 });
        expect(await jobIdsIn(directory)).toEqual(ids);
        expect(sizeOf(directory)).toBeLessThan(3 * MIB + ROOM);
        expect(readdirSync(directory).sort()).toEqual(["data.mdb", "lock.mdb"]);
      }),
      { numRuns: 12 },
    );
  });

  it("disturbs nobody who looks into it meanwhile", async () => {
    const copy = await mostlyFree();
    for (let round = 0; round < 3; round++) {
      const directory = copy();
      const process = new Committer("compact", directory);
      while (process.lines.length === 0) {
        expect(await jobIdsIn(directory)).toEqual(ids);
        await sleep(0);
      }
      await process.end();
      expect(process.lines.at(-1)).toEqual({ open: true });
    }
  });
});

describe("a state that could soon not be read into memory", () => {
  it("is full, says so once, and has room again when jobs have ended", async () => {
    const log = new RecordingLog();
    const directory = emptyDirectory();
    const options = { mostMemoryBytes: 8 * MIB, log };
    const store = await openState(directory, options);
    let jobs = 0;
    while (!store.isFull && jobs < 1_000) {
      await commitJobs(store, { from: jobs + 1, count: 10, argsBytes: 16 * KIB });
      jobs += 10;
    }
    // 43 KiB for one: twice the pages of its record, which are 20 KiB, and 3 KiB.
    expect(jobs).toBeGreaterThan(150);
    expect(jobs).toBeLessThan(220);
    // What is there may change and end, and is there for the next server, which finds it full.
    await commitJobs(store, { from: 1, count: 10, argsBytes: 16 * KIB });
    await store.close();
    const next = await openState(directory, options);
    expect(next.isFull).toBe(true);
    expect((await next.load()).jobs).toHaveLength(jobs);
    expect(log.of("error")).toHaveLength(2);
    expect(log.of("error")[0]).toMatch(
      /^the state is full \(\d+ records of 5 MiB, for which a start may need 9 MiB of memory; it may take 8 MiB\): no new jobs/,
    );
    for (let id = 1; id <= jobs; id += 10) {
      await commitJobs(next, { ended: Array.from({ length: 10 }, (_, n) => id + n) });
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(next.isFull).toBe(false);
    expect(log.of("info").at(-1)).toMatch(/^the state has room again/);
    await next.close();
  });

  it("is full with many small jobs, too", async () => {
    const store = await openState(emptyDirectory(), { mostMemoryBytes: 4 * MIB });
    await commitJobs(store, { count: 1_000 });
    expect(store.isFull).toBe(false);
    await commitJobs(store, { from: 1_001, count: 400 });
    expect(store.isFull).toBe(true);
    await store.close();
  });

  it("is measured in pages that hold records, whatever else is in the file", async () => {
    const directory = emptyDirectory();
    await stateOf(directory, 400);
    const measure = async () => {
      const database = new StateDatabase(directory, "relaxed", new RecordingLog());
      database.openTables();
      const { bytes } = database.size();
      await database.close();
      return bytes;
    };
    expect(await measure()).toBeGreaterThan(400 * 16 * KIB);
    await endAllBut(directory, 0, 400);
    expect(await measure()).toBeLessThan(64 * KIB);
    expect(sizeOf(directory)).toBeGreaterThan(400 * 16 * KIB);
  });
});
