/** Room for LMDB's pages on real file systems, small ones where these can be mounted. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { StateDatabase } from "../../src/store/lmdb/database.js";
import { metaWrite, type Write } from "../../src/store/records/tables.js";
import { RecordingLog } from "../bmp/fixtures.js";
import { SMALL_DISKS, SmallDisk } from "../support/small-disk.js";

const MIB = 2 ** 20;
const OWNER = Buffer.alloc(8, 1);

let directory: string;
let database: StateDatabase;
let disk: SmallDisk | null = null;

afterEach(async () => {
  await database.close();
  if (disk === null) rmSync(directory, { recursive: true });
  disk?.unmount();
  disk = null;
});

function openIn(path: string): void {
  directory = path;
  database = new StateDatabase(directory, "relaxed", new RecordingLog());
  database.openTables();
  database.transaction(() => [metaWrite("owner", OWNER)]);
}

const write = (writes: readonly Write[]): Promise<boolean> =>
  database.writeWhile("owner", OWNER, writes);

function row(number: number, bytes = 100): Write {
  const key = Buffer.alloc(8);
  key.writeUInt32BE(number, 4);
  return { table: "jobs", key, value: Buffer.alloc(bytes, number) };
}

const fileBytes = (): number => statSync(database.file).size;

const written = (writes: readonly Write[]): Promise<string> =>
  write(writes).then(
    () => "written",
    (error: NodeJS.ErrnoException) => String(error.code),
  );

describe("the data file", () => {
  it("has room ahead of what is written, and does not grow with changes that use it again", async () => {
    openIn(mkdtempSync(join(tmpdir(), "spalloc-room-")));
    await write([row(1)]);
    const first = fileBytes();
    expect(first).toBeGreaterThan(4 * MIB);
    for (let n = 0; n < 300; n++) await write([row(n % 7)]);
    expect(fileBytes()).toBe(first);
  });

  it("has room for whatever one commit writes, rows longer than a page as well", async () => {
    openIn(mkdtempSync(join(tmpdir(), "spalloc-room-")));
    for (const [rows, bytes] of [
      [5000, 100],
      [20, 100_000],
      [5000, 2000],
      [1, 5_000_000],
    ] as const) {
      const writes = Array.from({ length: rows }, (_, n) => row(n * 7919, bytes));
      await write(writes.reverse());
      // LMDB has never added a page to the file itself: it ends in the zeros of the room.
      expect(await endsInZeros()).toBe(true);
    }
  });
});

describe("a commit while the state is being read", () => {
  it("finds room, though no page becomes free for it", async () => {
    openIn(mkdtempSync(join(tmpdir(), "spalloc-room-")));
    const rows = Array.from({ length: 3000 }, (_, n) => row(n * 7919));
    await write(rows);
    const reading = database.read();
    for (let n = 0; n < 400; n++) {
      await write([row((n * 104_729) % 23_757_000), row(n, 3000)]);
      if (n % 20 === 0) expect(await endsInZeros()).toBe(true);
    }
    reading.end();
  });
});

async function endsInZeros(): Promise<boolean> {
  return (await readFile(database.file)).subarray(-4096).every((byte) => byte === 0);
}

describe.skipIf(!SMALL_DISKS)("a full disk (needs the right to mount a tmpfs)", () => {
  it("is an error of the system, as often as it is tried, and all is well when there is room", async () => {
    disk = SmallDisk.mount(2)!;
    openIn(disk.directory);
    await write([row(1)]);
    disk.fill();
    const large = Array.from({ length: 2000 }, (_, n) => row(n, 1000));
    expect(await written(large)).toBe("ENOSPC");
    expect(await written(large)).toBe("ENOSPC");
    expect([...database.rows("jobs")]).toHaveLength(1);
    disk.free();
    expect(await written(large.slice(0, 300))).toBe("written");
    expect([...database.rows("jobs")]).toHaveLength(300);
  });

  it("takes changes for as long as they find room in the file", async () => {
    disk = SmallDisk.mount(2)!;
    openIn(disk.directory);
    await write([row(1)]);
    disk.fill();
    for (let n = 0; n < 500; n++) expect(await written([row(n % 7)])).toBe("written");
  });

  it("of which the server takes half at most ahead of need", async () => {
    disk = SmallDisk.mount(2)!;
    openIn(disk.directory);
    await write([row(1)]);
    expect(fileBytes()).toBeLessThan(MIB + 300_000);
  });

  it("from before the file had any room takes what fits once there is some", async () => {
    disk = SmallDisk.mount(1)!;
    openIn(disk.directory);
    disk.fill();
    expect(await written([row(1)])).toBe("ENOSPC");
    disk.free();
    expect(await written([row(1)])).toBe("written");
  });
});

describe.skipIf(!SMALL_DISKS)("a file system that does not say how large it is", () => {
  it("takes what is written", async () => {
    disk = SmallDisk.mount(0)!;
    openIn(disk.directory);
    expect(await written([row(1)])).toBe("written");
    expect(fileBytes()).toBeGreaterThan(4 * MIB);
  });
});
