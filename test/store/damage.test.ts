import { chmodSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SavedState } from "../../src/engine/records.js";
import { StateDatabase } from "../../src/store/database.js";
import {
  DamagedRecordError,
  DamagedStateError,
  openStore,
  StateError,
} from "../../src/store/index.js";
import { jobCodec, quarantineCodec, restCodec, retiredCodec } from "../../src/store/job-codecs.js";
import { countersCodec, machineCodec } from "../../src/store/machine-codecs.js";
import type { TableName } from "../../src/store/tables.js";
import {
  emptyDirectory,
  HIGH_COUNTERS,
  job,
  machine,
  NO_CHANGES,
  quarantine,
  queuedJob,
  RecordingLog,
  rest,
  retired,
} from "./records.js";

const log = new RecordingLog();
const open = (directory: string) => openStore({ directory, durable: "relaxed", log });

/** A state with some hundred jobs, one of them larger than a page. */
async function writeState(directory: string): Promise<string> {
  const store = open(directory);
  for (let round = 0; round < 4; round++) {
    const put = Array.from({ length: 100 }, (_, i) => queuedJob(1 + round * 50 + i));
    put.push({ ...queuedJob(1000), argsJson: JSON.stringify("x".repeat(10_000)) });
    await new Promise<void>((resolve) => {
      const jobs = { put, delete: round > 1 ? [round * 50 - 40] : [] };
      store.commit({ ...NO_CHANGES, jobs, counters: HIGH_COUNTERS }, resolve);
    });
  }
  await store.close();
  return join(directory, "data.mdb");
}

/** Opens, reads and writes a state; what is wrong with it must come out as a StateError. */
async function use(directory: string): Promise<SavedState | StateError> {
  try {
    const store = open(directory);
    try {
      const state = store.load();
      await new Promise<void>((resolve) => {
        const jobs = { put: [queuedJob(5)], delete: [] };
        store.commit({ ...NO_CHANGES, jobs }, resolve);
      });
      return state;
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof StateError) return error;
    throw error;
  }
}

describe("a damaged state file", () => {
  it.each([
    ["of text", Buffer.from("this is no database\n".repeat(1000))],
    ["of zeros", Buffer.alloc(65_536)],
    ["that is empty", Buffer.alloc(0)],
    ["of one byte", Buffer.alloc(1)],
  ])("%s is refused and left as it is", (_name, content) => {
    const directory = emptyDirectory();
    const file = join(directory, "data.mdb");
    writeFileSync(file, content);
    expect(() => open(directory)).toThrow(DamagedStateError);
    expect(() => open(directory)).toThrow(file);
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it("that was cut off anywhere is refused, unless nothing in use was lost", async () => {
    const directory = emptyDirectory();
    const file = await writeState(directory);
    const whole = readFileSync(file);
    const before = await use(directory);
    const sound = readFileSync(file);
    expect(sound.length).toBeGreaterThan(10 * 4096);
    for (let bytes = 0; bytes < whole.length; bytes += 1365) {
      writeFileSync(file, whole);
      truncateSync(file, bytes);
      const outcome = await use(directory);
      if (outcome instanceof StateError) expect(outcome.code).toBe("STATE_DAMAGED");
      else expect(outcome).toStrictEqual(before);
    }
  });

  it("with any bytes overwritten is refused or read, and never crashes", async () => {
    const directory = emptyDirectory();
    const file = await writeState(directory);
    const whole = readFileSync(file);
    const pages = whole.length / 4096;
    // Most of a page is text of rows; the beginnings of pages are what LMDB goes by.
    const inHeader = fc
      .tuple(fc.nat({ max: pages - 1 }), fc.nat({ max: 170 }))
      .map(([page, at]) => page * 4096 + at);
    const junk = fc.record({
      at: fc.oneof(fc.nat({ max: whole.length - 1 }), inHeader),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
    });
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(junk, { minLength: 1, maxLength: 6 }), async (damages) => {
        const damaged = Buffer.from(whole);
        for (const { at, bytes } of damages) damaged.set(bytes.slice(0, whole.length - at), at);
        writeFileSync(file, damaged);
        if ((await use(directory)) instanceof StateError) refused++;
      }),
      { numRuns: 200 },
    );
    expect(refused).toBeGreaterThan(0);
  });
});

describe("a damaged row", () => {
  const rows = [
    ["jobs", job, jobCodec],
    ["retired", retired, retiredCodec],
    ["rests", rest, restCodec],
    ["quarantine", quarantine, quarantineCodec],
    ["machines", machine, machineCodec],
  ] as const;

  it.each(rows)("of %s that was cut short is never taken for a whole one", (_name, rows, codec) => {
    const check = <Row>(values: fc.Arbitrary<Row>, encode: (row: Row) => Buffer) =>
      fc.assert(
        fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (row, part) => {
          const bytes = encode(row);
          const cut = Math.min(Math.floor(part * bytes.length), bytes.length - 1);
          expect(() => codec.decode(bytes.subarray(0, cut))).toThrow();
        }),
      );
    // The pairs of the list belong together; the compiler only sees their union.
    check<never>(rows as fc.Arbitrary<never>, codec.encode);
  });

  async function withRow(table: TableName, key: Buffer, value: Buffer): Promise<string> {
    const directory = emptyDirectory();
    await open(directory).close();
    const database = new StateDatabase(directory, "relaxed", log);
    database.openTables();
    await database.write([
      { table, key, value },
      {
        table: "meta",
        key: Buffer.from("counters"),
        value: countersCodec.encode({ nextJobId: 10, nextMachineId: 1, nextRestId: 1 }),
      },
    ]);
    await database.close();
    return directory;
  }

  const idKey = (id: number) => Buffer.from([0, 0, 0, 0, 0, 0, 0, id]);

  it.each([
    ["bytes of something else", 7, Buffer.from("garbage"), /record 7 of table jobs/],
    ["nothing in it", 7, Buffer.alloc(0), /record 7 of table jobs: jobId is missing/],
    [
      "the id of another",
      7,
      jobCodec.encode(queuedJob(8)),
      /record 7 of table jobs: .*another key/,
    ],
    ["an id never given", 10, jobCodec.encode(queuedJob(10)), /record 10 .* never given/],
  ])("with %s is named and refused", async (_name, id, value, message) => {
    const directory = await withRow("jobs", idKey(id), value);
    const store = open(directory);
    expect(() => store.load()).toThrow(DamagedRecordError);
    expect(() => store.load()).toThrow(message);
    expect(() => store.load()).toThrow(expect.objectContaining({ code: "STATE_RECORD_DAMAGED" }));
    await store.close();
  });

  it("does not stand in the way of a cold start, which keeps the ids", async () => {
    const directory = await withRow("jobs", idKey(7), Buffer.from("garbage"));
    const store = open(directory);
    store.clear();
    expect(store.load()).toMatchObject({ jobs: [], counters: { nextJobId: 10 } });
    await store.close();
  });
});

describe("a state directory that cannot be used", () => {
  it("is named: a file stands in its place", () => {
    const file = join(emptyDirectory(), "state");
    writeFileSync(file, "");
    expect(() => open(file)).toThrow(expect.objectContaining({ code: "STATE_DIRECTORY" }));
    expect(() => open(join(file, "below"))).toThrow(file);
  });

  it.skipIf(process.getuid?.() === 0)("is named: it may not be written", () => {
    const directory = join(emptyDirectory(), "state");
    mkdirSync(directory);
    chmodSync(directory, 0o500);
    expect(() => open(directory)).toThrow(expect.objectContaining({ code: "STATE_DIRECTORY" }));
  });
});
