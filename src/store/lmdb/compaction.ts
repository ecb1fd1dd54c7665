/**
 * LMDB uses free pages again and gives none back, so a file stays as large as it ever was. One that is mostly
 * free is replaced by one with the same rows, before LMDB opens it:
 *
 *   write    every row, as it is, to a file in the folder `compacted.tmp`
 *   compare  both files are walked: as many rows, with the same checksum over all of them
 *   replace  the new file is flushed, renamed to `data.mdb`, and the directory is flushed
 *
 * A process that is killed leaves the old file or the new one, and perhaps the folder, which the next start
 * removes. Who reads the old file meanwhile finds another one at its path, and reads again.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { type Database, open } from "lmdb";
import type { Log } from "../../engine/contract/log.js";
import { type PageUse, walkDataFile } from "../file/data-file.js";
import { PageFile } from "../file/page-file.js";
import { makeDirectory } from "../make-directory.js";

/** A smaller file is left as it is. */
const COMPACT_FROM_BYTES = 64 * 2 ** 20;

const FOLDER = "compacted.tmp";

/** Rows of so many bytes are written in one transaction, and kept in memory until then. */
const BATCH_BYTES = 4 * 2 ** 20;

const BYTES = { encoding: "binary", keyEncoding: "binary" } as const;

/**
 * To call with the lock, while nobody has the file open. What goes wrong is logged, and the file stays.
 *
 * @param use - Of the pages of the file, which is sound
 */
export async function compact(
  directory: string,
  use: PageUse,
  log: Log,
  fromBytes = COMPACT_FROM_BYTES,
): Promise<void> {
  const file = join(directory, "data.mdb");
  const folder = join(directory, FOLDER);
  rmSync(folder, { recursive: true, force: true });
  const before = statSync(file);
  const needed = use.pagesInUse * use.pageBytes;
  if (before.size < fromBytes || needed > before.size / 2) return;
  const started = performance.now();
  try {
    const { bavail, bsize } = statfsSync(directory);
    // Never the last room of a disk, not even for a moment.
    if (bavail * bsize < 2 * needed + BATCH_BYTES) throw new Error("the disk has too little room");
    makeDirectory(folder);
    const copy = join(folder, "data.mdb");
    const written = await copyRows(file, folder);
    const found = summary(copy);
    if (found.rows !== written.rows || found.checksum !== written.checksum) {
      throw new Error(`the new file has ${found.rows} of ${written.rows} records, or others`);
    }
    // Whoever may use the old file may use the new one.
    chmodSync(copy, before.mode & 0o7777);
    if (process.geteuid?.() === 0) chownSync(copy, before.uid, before.gid);
    flush(copy);
    renameSync(copy, file);
    flush(directory);
    log.info(
      { beforeBytes: before.size, afterBytes: statSync(file).size, records: written.rows },
      `the state file was compacted from ${mebibytes(before.size)} to ${mebibytes(statSync(file).size)} in ${((performance.now() - started) / 1000).toFixed(1)} s: most of it was free`,
    );
  } catch (error) {
    log.warn(
      { err: error },
      `the state file was not compacted, and stays at ${mebibytes(before.size)}, of which ${mebibytes(needed)} are used: ${error instanceof Error ? error.message : String(error)}. The server goes on with it as it is`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Summary {
  readonly rows: number;
  /** Over all rows, in their order. */
  readonly checksum: number;
}

/** Sums up the rows in the order in which they are told. */
class RowSum implements Summary {
  rows = 0;
  checksum = 0;

  add(table: string, key: Buffer, value: Buffer): void {
    this.rows++;
    const head = Buffer.from(`${table} ${key.length} ${value.length} `);
    this.checksum = crc32(value, crc32(key, crc32(head, this.checksum)));
  }
}

function summary(path: string): Summary {
  const sum = new RowSum();
  const file = new PageFile(path);
  try {
    walkDataFile(file, { visit: (table, key, value) => sum.add(table, key, value) });
  } finally {
    file.close();
  }
  return sum;
}

/** Copies all rows, of whatever tables, into the LMDB environment of the folder. */
async function copyRows(path: string, folder: string): Promise<Summary> {
  const sum = new RowSum();
  const tables = new Map<string, Database<Buffer, Buffer>>();
  let waiting: { table: Database<Buffer, Buffer>; key: Buffer; value: Buffer }[] = [];
  let waitingBytes = 0;
  const target = open<Buffer, Buffer>({
    path: folder,
    noSubdir: false,
    overlappingSync: false,
    // Flushed once, at the end.
    noSync: true,
    eventTurnBatching: false,
    ...BYTES,
  });
  const write = () => {
    target.transactionSync(() => {
      for (const { table, key, value } of waiting) void table.put(key, value);
    });
    waiting = [];
    waitingBytes = 0;
  };
  const file = new PageFile(path);
  try {
    walkDataFile(file, {
      visit(name, key, value) {
        sum.add(name, key, value);
        const table = tables.get(name) ?? target.openDB<Buffer, Buffer>(name, BYTES);
        tables.set(name, table);
        waiting.push({ table, key: Buffer.from(key), value: Buffer.from(value) });
        waitingBytes += key.length + value.length;
        if (waitingBytes >= BATCH_BYTES) write();
      },
    });
    write();
  } finally {
    file.close();
    await target.close();
  }
  return sum;
}

function flush(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
