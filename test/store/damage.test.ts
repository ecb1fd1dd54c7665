import { chmodSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SavedState } from "../../src/engine/contract/records.js";
import { DamagedStateError, StateError } from "../../src/store/index.js";
import { unseal } from "../../src/store/records/checksum.js";
import { FieldError } from "../../src/store/records/fields.js";
import {
  cooldownsTable,
  endedJobsTable,
  jobsTable,
  machinesTable,
  quarantineTable,
  type Table,
} from "../../src/store/records/tables.js";
import { readSnapshot } from "../../src/store/snapshot/snapshot.js";
import { openState } from "./open.js";
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

  it("with flags of the format in one of its two headers only is refused", async () => {
    const directory = emptyDirectory();
    const file = await writeState(directory);
    const whole = readFileSync(file);
    for (const page of [0, 1]) {
      for (let bit = 0; bit < 16; bit++) {
        const damaged = Buffer.from(whole);
        damaged[page * 4096 + 52 + (bit >> 3)]! ^= 1 << (bit & 7);
        writeFileSync(file, damaged);
        expect(await use(directory)).toMatchObject({ code: "STATE_DAMAGED" });
      }
    }
  });

  const firstNode = (bytes: Buffer, at: number) => at + 24 + bytes.readUInt16LE(at + 24);
  it.each<[string, (bytes: Buffer, at: number) => void]>([
    [
      "a node whose key is longer than it was",
      (bytes, at) => (bytes[firstNode(bytes, at) + 6]! += 2),
    ],
    ["a node that is longer than it was", (bytes, at) => (bytes[firstNode(bytes, at)]! ^= 2)],
    [
      "two nodes that have changed places",
      (bytes, at) =>
        bytes
          .subarray(at + 24, at + 28)
          .swap32()
          .swap16(),
    ],
    ["a flag of pages that are being written", (bytes, at) => (bytes[at + 18]! ^= 0x10)],
  ])("with %s is refused: LMDB would crash when it writes there", async (_, spoil) => {
    const directory = emptyDirectory();
    const file = await writeState(directory);
    const whole = readFileSync(file);
    let refused = 0;
    for (let at = 2 * 4096; at < whole.length; at += 4096) {
      // Leaves with two nodes at least.
      if (whole[at + 18] !== 2 || whole.readUInt16LE(at + 20) < 4) continue;
      const damaged = Buffer.from(whole);
      spoil(damaged, at);
      writeFileSync(file, damaged);
      const outcome = await use(directory);
      // Other pages are free.
      if (!(outcome instanceof StateError)) continue;
      expect(outcome.code).toBe("STATE_DAMAGED");
      refused++;
    }
    expect(refused).toBeGreaterThan(3);
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
