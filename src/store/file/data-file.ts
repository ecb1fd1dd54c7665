/**
 * Reads an LMDB data file without LMDB. Before LMDB maps a file it is checked so: a damaged page
 * number or offset would crash the process there instead of giving an error. And who only wants to
 * look at a state must not open it (docs/decisions/lmdb.md). Pages 0 and 1 are metas; the one with the later
 * transaction counts:
 *
 * | where                     | what                                          |
 * |---------------------------|-----------------------------------------------|
 * | page + 18                 | kind flags                                    |
 * | page + 24 = meta          | the meta record                               |
 * | meta + 0, 4               | magic, version                                |
 * | meta + 24, 72             | trees: free lists and main (see data-pages.ts)|
 * | meta + 24                 | page size (in the first tree)                 |
 * | meta + 120, 128           | last page that was ever in use, transaction   |
 */
import { closeSync, existsSync, openSync, readFileSync, readSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { StoredRow } from "../lock/wire.js";
import {
  Damage,
  type Extent,
  HEADER_BYTES,
  PageKind,
  type RowVisitor,
  u64,
  unless,
  Walk,
} from "./data-pages.js";

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const META_BYTES = 144;
const FREE_LISTS_AT = 24;
const MAIN_AT = 72;

interface Meta extends Extent {
  /** Offset of the meta record in the file. */
  readonly at: number;
}

function readMeta(bytes: Buffer, page: number, pageAt: number): Meta {
  unless(bytes.length >= pageAt + HEADER_BYTES + META_BYTES, "it is cut off within its header");
  const at = pageAt + HEADER_BYTES;
  unless(
    bytes.readUInt32LE(at) === MAGIC && (bytes.readUInt16LE(pageAt + 18) & PageKind.meta) !== 0,
    "it is not an LMDB database",
  );
  const version = bytes.readUInt16LE(at + 4);
  unless(
    version === DATA_VERSION,
    `it is of LMDB format ${version}; this server uses ${DATA_VERSION}`,
  );
  const pageBytes = bytes.readUInt32LE(at + FREE_LISTS_AT);
  unless(
    pageBytes >= 512 && pageBytes <= 0x10000 && (pageBytes & (pageBytes - 1)) === 0,
    `meta page ${page} has an impossible page size`,
  );
  return { pageBytes, lastPage: u64(bytes, at + 120), transaction: u64(bytes, at + 128), at };
}

function latestMeta(bytes: Buffer): Meta {
  const first = readMeta(bytes, 0, 0);
  const second = readMeta(bytes, 1, first.pageBytes);
  unless(second.pageBytes === first.pageBytes, "its two meta pages disagree");
  return first.transaction >= second.transaction ? first : second;
}

function damageOf(bytes: Buffer, visit: RowVisitor): string | null {
  try {
    unless(bytes.length > 0, "it is empty");
    const meta = latestMeta(bytes);
    const walk = new Walk(bytes, meta, visit);
    walk.tree(meta.at + FREE_LISTS_AT, "freeLists");
    walk.tree(meta.at + MAIN_AT, "trees");
    walk.end();
    return null;
  } catch (error) {
    if (error instanceof Damage) return error.message;
    if (error instanceof RangeError) return "it refers to something past its end";
    throw error;
  }
}

/** The meta pages, to see whether somebody is writing. */
function head(file: string): Buffer {
  const bytes = Buffer.alloc(0x10000 + HEADER_BYTES + META_BYTES);
  const fd = openSync(file, "r");
  try {
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(fd);
  }
}

/** What is in a data file; no rows when it is not there. */
export interface DataFile {
  readonly damage: string | null;
  /** Of the tables that were asked for; when there is damage, not all. */
  readonly rows: readonly StoredRow[];
  readonly fileBytes: number;
}

const RETRY_MS = 5;

/**
 * Reads the LMDB data file at a moment at which nobody commits to it. The trees must be complete:
 * every page reached is of the right kind, inside the file and used once. "changing" when it was
 * committed to within every attempt: a commit overwrites no page of the one before, but the one after
 * it may.
 */
export async function readDataFile(
  file: string,
  { patienceMs, only }: { readonly patienceMs: number; readonly only?: string },
): Promise<DataFile | "changing"> {
  const until = performance.now() + patienceMs;
  for (;;) {
    if (!existsSync(file)) return { damage: null, rows: [], fileBytes: 0 };
    const before = head(file);
    const bytes = readFileSync(file);
    const rows: StoredRow[] = [];
    const damage = damageOf(bytes, (table, key, value) => {
      if (only === undefined || table === only) rows.push({ table, key, value });
    });
    if (before.equals(head(file))) return { damage, rows, fileBytes: bytes.length };
    if (performance.now() >= until) return "changing";
    await sleep(RETRY_MS);
  }
}
