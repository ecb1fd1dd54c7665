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
 * | meta + 24, 28             | page size, flags of the format (in the first tree) |
 * | meta + 120, 128           | last page that was ever in use, transaction   |
 */
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { StoredRow } from "../lock/wire.js";
import {
  Damage,
  type Extent,
  HEADER_BYTES,
  PageKind,
  TREE_BYTES,
  u64,
  unless,
  Walk,
  type WantedRows,
} from "./data-pages.js";
import { PageFile } from "./page-file.js";

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const META_BYTES = 144;
const FREE_LISTS_AT = 24;
const MAIN_AT = 72;

/** A meta page. */
interface Meta extends Extent {
  readonly record: Buffer;
}

function readMeta(file: PageFile, page: number, pageAt: number): Meta {
  const bytes = Buffer.alloc(HEADER_BYTES + META_BYTES);
  unless(file.read(pageAt, bytes), "it is cut off within its header");
  const record = bytes.subarray(HEADER_BYTES);
  unless(
    record.readUInt32LE(0) === MAGIC && (bytes.readUInt16LE(18) & PageKind.meta) !== 0,
    "it is not an LMDB database",
  );
  const version = record.readUInt16LE(4);
  unless(
    version === DATA_VERSION,
    `it is of LMDB format ${version}; this server uses ${DATA_VERSION}`,
  );
  const pageBytes = record.readUInt32LE(FREE_LISTS_AT);
  unless(
    pageBytes >= 512 && pageBytes <= 0x10000 && (pageBytes & (pageBytes - 1)) === 0,
    `meta page ${page} has an impossible page size`,
  );
  return { pageBytes, lastPage: u64(record, 120), transaction: u64(record, 128), record };
}

function latestMeta(file: PageFile): Meta {
  const first = readMeta(file, 0, 0);
  const second = readMeta(file, 1, first.pageBytes);
  // LMDB takes the format of all pages from the first one, also when the second is the later.
  const formatOf = ({ record }: Meta) => record.readUInt16LE(FREE_LISTS_AT + 4);
  const agree = second.pageBytes === first.pageBytes && formatOf(second) === formatOf(first);
  unless(agree, "its two meta pages disagree");
  return first.transaction >= second.transaction ? first : second;
}

/** How the pages of a file are used. */
export interface PageUse {
  readonly pageBytes: number;
  readonly pagesInUse: number;
  readonly freePages: number;
}

/**
 * Walks all of a file that nobody writes to, or the table that is wanted alone. The trees must be complete: every page reached is of the
 * right kind, inside the file and used once. Throws {@link Damage}.
 */
export function walkDataFile(file: PageFile, wanted: WantedRows): PageUse {
  unless(file.bytes > 0, "it is empty");
  const meta = latestMeta(file);
  const walk = new Walk(file, meta, wanted);
  try {
    const recordAt = (at: number) => meta.record.subarray(at, at + TREE_BYTES);
    const isWhole = wanted.passOver !== true;
    if (isWhole) walk.tree(recordAt(FREE_LISTS_AT), "freeLists");
    walk.tree(recordAt(MAIN_AT), "trees");
    if (isWhole) walk.end();
  } catch (error) {
    if (error instanceof RangeError) throw new Damage("it refers to something past its end");
    throw error;
  }
  return { pageBytes: meta.pageBytes, pagesInUse: walk.pagesInUse, freePages: walk.freePages };
}

const HEAD_BYTES = 0x10000 + HEADER_BYTES + META_BYTES;

/** The meta pages of what lies at the path, to see whether somebody is writing. */
function headAt(path: string): { readonly inode: number; readonly bytes: Buffer } {
  const file = new PageFile(path);
  try {
    const bytes = Buffer.alloc(Math.min(HEAD_BYTES, file.bytes));
    file.read(0, bytes);
    return { inode: file.inode, bytes };
  } finally {
    file.close();
  }
}

/** What is in a data file; no rows when it is not there. */
export interface DataFile {
  readonly damage: string | null;
  /** Of the tables that were asked for; when there is damage, not all. */
  readonly rows: readonly StoredRow[];
  readonly fileBytes: number;
  /** Null when it is damaged or not there; of a part of it when other tables are passed over. */
  readonly use: PageUse | null;
}

const RETRY_MS = 5;

/**
 * Reads the LMDB data file at a moment at which nobody commits to it; in memory are the rows that were
 * asked for, and little else. "changing" when it was committed to, or replaced, within every attempt: a
 * commit overwrites no page of the one before, but the one after it may.
 */
export async function readDataFile(
  path: string,
  { patienceMs, ...wanted }: { readonly patienceMs: number } & Omit<WantedRows, "visit">,
): Promise<DataFile | "changing"> {
  const until = performance.now() + patienceMs;
  for (;;) {
    if (!existsSync(path)) return { damage: null, rows: [], fileBytes: 0, use: null };
    const before = headAt(path);
    const found = readOnce(path, wanted);
    const after = headAt(path);
    if (before.inode === after.inode && before.bytes.equals(after.bytes)) return found;
    if (performance.now() >= until) return "changing";
    await sleep(RETRY_MS);
  }
}

function readOnce(path: string, wanted: Omit<WantedRows, "visit">): DataFile {
  const file = new PageFile(path);
  const rows: StoredRow[] = [];
  const visit: WantedRows["visit"] = (table, key, value) => {
    rows.push({ table, key: Buffer.from(key), value: Buffer.from(value) });
  };
  try {
    const use = walkDataFile(file, { visit, ...wanted });
    return { damage: null, rows, fileBytes: file.bytes, use };
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    return { damage: error.message, rows, fileBytes: file.bytes, use: null };
  } finally {
    file.close();
  }
}
