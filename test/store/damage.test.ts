import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JobRecord, MachineRecord, SavedState } from "../../src/engine/contract/records.js";
import { DamagedRecordError, DamagedStateError, StateError } from "../../src/store/index.js";
import { StateDatabase } from "../../src/store/lmdb/database.js";
import { seal, unseal } from "../../src/store/records/checksum.js";
import { FieldError } from "../../src/store/records/fields.js";
import { jobCodec } from "../../src/store/records/job-codecs.js";
import { countersCodec } from "../../src/store/records/machine-codecs.js";
import {
  cooldownsTable,
  endedJobsTable,
  jobsTable,
  machinesTable,
  quarantineTable,
  type Table,
  type TableName,
  type Write,
} from "../../src/store/records/tables.js";
import { readSnapshot } from "../../src/store/snapshot/snapshot.js";
import { openState, visitState } from "./open.js";
import {
  cooldown,
  emptyDirectory,
  endedJobRecord,
  HIGH_COUNTERS,
  job,
  machine,
  NO_CHANGES,
  quarantine,
  queuedJob,
  RecordingLog,
} from "./records.js";

/** A state with some hundred jobs, one of them larger than a page. */
async function writeState(directory: string): Promise<string> {
  const store = await openState(directory);
  for (let round = 0; round < 4; round++) {
    const put = Array.from({ length: 100 }, (_, i) => queuedJob(1 + round * 50 + i));
    put.push({ ...queuedJob(1000), argsJson: JSON.stringify("x".repeat(10_000)) });
    await new Promise<void>((resolve) => {
      const jobs = { put, delete: round > 1 ? [round * 50 - 40] : [] };
      store.commit({ ...NO_CHANGES, jobs, counters: HIGH_COUNTERS }, resolve);
    });
  }
  await store.close();
  const file = join(directory, "data.mdb");
  cutRoomOff(file);
  return file;
}

/** Ends the file with what is in use: to lose the zeros behind it is no damage. */
function cutRoomOff(file: string): void {
  const bytes = readFileSync(file);
  const last = bytes.findLastIndex((byte) => byte !== 0);
  truncateSync(file, 4096 * Math.ceil((last + 1) / 4096));
}

/** Opens, reads and writes a state; what is wrong with it must come out as a StateError. */
async function use(directory: string): Promise<SavedState | StateError> {
  try {
    const store = await openState(directory);
    try {
      const state = await store.load();
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

/** Of the meta page at that offset. */
function transactionOf(bytes: Buffer, page: number): number {
  return Number(bytes.readBigUInt64LE(page + 152));
}

describe("a damaged state file", () => {
  it.each([
    ["of text", Buffer.from("this is no database\n".repeat(1000))],
    ["of zeros", Buffer.alloc(65_536)],
    ["that is empty", Buffer.alloc(0)],
    ["of one byte", Buffer.alloc(1)],
  ])("%s is refused and left as it is", async (_name, content) => {
    const directory = emptyDirectory();
    const file = join(directory, "data.mdb");
    writeFileSync(file, content);
    await expect(openState(directory)).rejects.toThrow(DamagedStateError);
    await expect(openState(directory)).rejects.toThrow(file);
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

  it("whose pages carry flags that no page of ours has is refused", async () => {
    const directory = emptyDirectory();
    const file = await writeState(directory);
    const whole = readFileSync(file);
    const newest = [0, 4096].sort((a, b) => transactionOf(whole, b) - transactionOf(whole, a))[0]!;
    const freeLists = 4096 * Number(whole.readBigUInt64LE(newest + 88));
    for (const flag of [0x08, 0x20, 0x40, 0x4000, 0x8000]) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt16LE(whole.readUInt16LE(freeLists + 18) | flag, freeLists + 18);
      writeFileSync(file, damaged);
      await expect(openState(directory)).rejects.toThrow("is of the wrong kind");
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

const idKey = (id: number) => Buffer.from([0, 0, 0, 0, 0, 0, 0, id]);
const COUNTERS = Buffer.from("counters");

/** A state to which somebody did the writes. */
async function withRows(writes: readonly Write[]): Promise<string> {
  const directory = emptyDirectory();
  await visitState(directory);
  const database = new StateDatabase(directory, "relaxed", new RecordingLog());
  database.openTables();
  const counters = countersCodec.encode({ nextJobId: 10, nextMachineId: 3, nextCooldownId: 5 });
  const value = seal(COUNTERS, counters);
  database.transaction(() => [{ table: "meta", key: COUNTERS, value }, ...writes]);
  await database.close();
  return directory;
}

const onMachine = (
  jobId: number,
  machineId: number,
  { x, y }: { x: number; y: number },
): JobRecord => ({
  ...queuedJob(jobId),
  placement: {
    machineId,
    allocation: { x, y, width: 1, height: 1, board: null, missing: [] },
    power: true,
    powerPending: false,
    everReady: true,
  },
});

const MACHINE: MachineRecord = {
  machineId: 1,
  priority: 0,
  description: {
    name: "m",
    tags: ["default"],
    width: 2,
    height: 1,
    deadBoards: [],
    deadLinks: [],
    boardLocations: [],
    bmpIps: [],
    spinnakerIps: [],
  },
};

describe("a damaged row", () => {
  const rows = [
    ["jobs", job, jobsTable],
    ["retired", endedJobRecord, endedJobsTable],
    ["rests", cooldown, cooldownsTable],
    ["quarantine", quarantine, quarantineTable],
    ["machines", machine, machinesTable],
  ] as const;

  it.each(rows)(
    "of %s is never taken for a whole one: cut short, changed in a bit, or under another key",
    (_name, rows, table) => {
      const check = <Row, Key>(values: fc.Arbitrary<Row>, { write, codec }: Table<Row, Key>) =>
        fc.assert(
          fc.property(values, fc.nat(), fc.nat({ max: 7 }), (row, anywhere, bit) => {
            const { key, value } = write(row);
            const bytes = value!;
            const at = anywhere % bytes.length;
            expect(codec.decode(unseal(key, bytes))).toEqual(row);
            expect(() => unseal(key, bytes.subarray(0, at))).toThrow(FieldError);
            const other = Buffer.from(key);
            other[anywhere % key.length]! ^= 1 << bit;
            expect(() => unseal(other, bytes)).toThrow(FieldError);
            bytes[at]! ^= 1 << bit;
            expect(() => unseal(key, bytes)).toThrow(FieldError);
          }),
        );
      // The pairs of the list belong together; the compiler only sees their union.
      check<never, never>(rows as fc.Arbitrary<never>, table as never);
    },
  );

  const sealed = (id: number, message: Buffer) => seal(idKey(id), message);
  it.each([
    ["bytes of something else", 7, Buffer.from("garbage"), /record 7 of table jobs: its checksum/],
    ["nothing in it", 7, Buffer.alloc(0), /record 7 of table jobs: it is too short/],
    ["a field missing", 7, sealed(7, Buffer.alloc(0)), /record 7 of table jobs: jobId is missing/],
    ["the id of another", 7, sealed(7, jobCodec.encode(queuedJob(8))), /record 7 .*another key/],
    ["an id never given", 10, sealed(10, jobCodec.encode(queuedJob(10))), /10 .* never given/],
  ])("with %s is named and refused", async (_name, id, value, message) => {
    const directory = await withRows([{ table: "jobs", key: idKey(id), value }]);
    const store = await openState(directory);
    await expect(store.load()).rejects.toThrow(DamagedRecordError);
    await expect(store.load()).rejects.toThrow(message);
    await expect(store.load()).rejects.toMatchObject({ code: "STATE_RECORD_DAMAGED" });
    await store.close();
  });

  const garbage = (table: TableName, id: number): Write => ({
    table,
    key: idKey(id),
    value: Buffer.from(`garbage in ${table}`),
  });

  it("does not stand in the way of a cold start, which keeps the ids", async () => {
    const directory = await withRows([garbage("jobs", 7)]);
    const store = await openState(directory);
    await store.clear();
    expect(await store.load()).toMatchObject({ jobs: [], counters: { nextJobId: 10 } });
    await store.close();
  });

  it("is reported with every other one, each in a log line of its own", async () => {
    const directory = await withRows([garbage("jobs", 7), garbage("jobs", 8), garbage("rests", 1)]);
    const log = new RecordingLog();
    const store = await openState(directory, { log });
    await expect(store.load()).rejects.toThrow(/3 damaged records: .* 7 .* 8 .* 1 of table rests/);
    expect(log.of("error")).toHaveLength(3);
    await store.close();
  });
});

describe("the salvage of a state", () => {
  const salvaged = async (directory: string, log = new RecordingLog()) => {
    const store = await openState(directory, { log, salvage: true });
    const state = await store.load();
    await store.close();
    return state;
  };
  const lostFile = (directory: string): unknown => {
    const name = readdirSync(directory).find((name) => name.startsWith("salvaged-"));
    return JSON.parse(readFileSync(join(directory, name!), "utf8"));
  };

  it("keeps what is whole, retires the jobs that are lost, and writes down what it dropped", async () => {
    const directory = await withRows([
      jobsTable.write(queuedJob(3)),
      { table: "jobs", key: idKey(7), value: Buffer.from("garbage") },
      machinesTable.write(MACHINE),
    ]);
    const log = new RecordingLog();
    expect(await salvaged(directory, log)).toMatchObject({
      jobs: [{ jobId: 3 }],
      endedJobs: [{ jobId: 7, reason: { code: "recordDamaged" } }],
      machines: [{ machineId: 1 }],
      counters: { nextJobId: 10 },
    });
    expect(lostFile(directory)).toMatchObject([
      { table: "jobs", key: "7", valueHex: Buffer.from("garbage").toString("hex") },
    ]);
    expect(log.of("warn")).toHaveLength(2);
    expect((await use(directory)) instanceof StateError).toBe(false);
  });

  it("leaves no board to two, and nobody on a machine that was dropped", async () => {
    const rest = { cooldownId: 1, jobId: 2, poweredOffAtMs: null };
    const at = (x: number) => ({ x, y: 0, width: 1, height: 1, board: null, missing: [] });
    const directory = await withRows([
      machinesTable.write(MACHINE),
      jobsTable.write(onMachine(3, 1, { x: 0, y: 0 })),
      jobsTable.write(onMachine(4, 1, { x: 0, y: 0 })),
      jobsTable.write(onMachine(5, 2, { x: 0, y: 0 })),
      cooldownsTable.write({ ...rest, machineId: 1, allocation: at(1) }),
      cooldownsTable.write({ ...rest, cooldownId: 2, machineId: 1, allocation: at(0) }),
    ]);
    expect(await salvaged(directory)).toMatchObject({
      jobs: [{ jobId: 3 }],
      endedJobs: [{ jobId: 4 }, { jobId: 5 }],
      cooldowns: [{ cooldownId: 1 }],
    });
    expect(lostFile(directory)).toMatchObject([
      { table: "jobs", key: "4", row: { owner: "someone@example.org" } },
      { table: "jobs", key: "5" },
      { table: "rests", key: "2" },
    ]);
  });

  it("gives no id again when the counters are lost", async () => {
    const directory = await withRows([
      jobsTable.write(queuedJob(9)),
      { table: "meta", key: COUNTERS, value: Buffer.from("garbage") },
    ]);
    const { counters, jobs } = await salvaged(directory);
    expect(jobs).toMatchObject([{ jobId: 9 }]);
    expect(counters.nextJobId).toBeGreaterThan(1_000_000);
    expect(counters.nextMachineId).toBeGreaterThan(1_000_000);
  });

  it("changes nothing in a state that is sound, and says so", async () => {
    const directory = await withRows([jobsTable.write(queuedJob(5))]);
    const before = await use(directory);
    const log = new RecordingLog();
    expect(await salvaged(directory, log)).toEqual(before);
    expect(log.of("info")).toHaveLength(1);
    expect(readdirSync(directory).filter((name) => name.startsWith("salvaged"))).toEqual([]);
  });
});

describe("a state directory that cannot be used", () => {
  it("is named: a file stands in its place", async () => {
    const file = join(emptyDirectory(), "state");
    writeFileSync(file, "");
    await expect(openState(file)).rejects.toMatchObject({ code: "STATE_DIRECTORY" });
    await expect(openState(join(file, "below"))).rejects.toThrow(file);
  });

  it("is named: something else stands in the place of its data file", async () => {
    const directory = emptyDirectory();
    const file = join(directory, "data.mdb");
    mkdirSync(file);
    await expect(openState(directory)).rejects.toThrow(`${file} is not a file`);
    await expect(readSnapshot(directory)).rejects.toThrow(`${file} is not a file`);
  });

  it("is named when it is to be read: it is a file", async () => {
    const file = join(emptyDirectory(), "state");
    writeFileSync(file, "");
    await expect(readSnapshot(file)).rejects.toThrow(`The state in ${file} cannot be read`);
  });

  it.skipIf(process.getuid?.() === 0)("is named: it may not be written", async () => {
    const directory = join(emptyDirectory(), "state");
    mkdirSync(directory);
    chmodSync(directory, 0o500);
    await expect(openState(directory)).rejects.toMatchObject({ code: "STATE_DIRECTORY" });
  });
});
