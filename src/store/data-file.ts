/**
 * Checks an LMDB data file before LMDB maps it: a damaged page number or offset would crash the
 * process there instead of giving an error. Layout (LMDB data version 2, 64 bit, little-endian):
 *
 * | where                   | what                                                               |
 * |-------------------------|--------------------------------------------------------------------|
 * | page + 0, 8             | number of this page, transaction that wrote it                     |
 * | page + 18, 20, 22       | kind flags, lower and upper bound of free space (from byte 24)     |
 * | page + 24 …             | meta: the meta record; otherwise 2-byte offsets of nodes (from 24) |
 * | meta + 0, 4             | magic, version                                                     |
 * | meta + 24, 72           | trees: free pages and main (48 bytes each)                         |
 * | meta + 120, 128         | last page in use, transaction                                      |
 * | tree + 0, 6, 32, 40     | page size (free tree), depth, entries, root page                   |
 * | node + 0, 4, 6, 8       | size of data (or child page: 6 bytes), flags, size of key, key     |
 * | overflow page + 20      | number of pages                                                    |
 *
 * Pages 0 and 1 are metas; the one with the later transaction counts.
 */
import { closeSync, existsSync, openSync, readFileSync, readSync } from "node:fs";

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const HEADER_BYTES = 24;
const META_BYTES = 144;
const TREE_BYTES = 48;
const NODE_HEADER_BYTES = 8;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
const PageKind = { branch: 0x01, leaf: 0x02, overflow: 0x04, meta: 0x08 } as const;
const NodeFlag = { big: 0x01, tree: 0x02 } as const;

interface Meta {
  readonly pageBytes: number;
  readonly lastPage: number;
  readonly transaction: number;
  /** Offset of the meta record in the file. */
  readonly at: number;
}

class Damage extends Error {}

function unless(sound: boolean, damage: string): asserts sound {
  if (!sound) throw new Damage(damage);
}

function u64(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

function readMeta(bytes: Buffer, page: number, pageAt: number): Meta {
  unless(bytes.length >= pageAt + HEADER_BYTES + META_BYTES, "it is cut off within its header");
  const at = pageAt + HEADER_BYTES;
  unless(
    bytes.readUInt32LE(at) === MAGIC && (bytes.readUInt16LE(pageAt + 18) & PageKind.meta) !== 0,
    "it is no LMDB database",
  );
  const version = bytes.readUInt16LE(at + 4);
  unless(
    version === DATA_VERSION,
    `it is of LMDB format ${version}, this server uses ${DATA_VERSION}`,
  );
  const pageBytes = bytes.readUInt32LE(at + 24);
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

/** Walks the trees of one snapshot. Every page in use is seen exactly once. */
class Walk {
  private readonly seen: Uint8Array;

  constructor(
    private readonly bytes: Buffer,
    private readonly meta: Meta,
  ) {
    this.seen = new Uint8Array(Math.ceil(bytes.length / meta.pageBytes));
  }

  /** Offset of the page in the file. */
  private enter(page: number, pages = 1): number {
    const { pageBytes, lastPage } = this.meta;
    unless(
      page > 1 && page + pages - 1 <= lastPage,
      `it refers to page ${page}, which is not in use`,
    );
    unless((page + pages) * pageBytes <= this.bytes.length, `it is cut off before page ${page}`);
    for (let p = page; p < page + pages; p++) {
      unless(this.seen[p] === 0, `page ${p} is used twice`);
      this.seen[p] = 1;
    }
    const at = page * pageBytes;
    unless(u64(this.bytes, at) === page, `page ${page} holds something else`);
    return at;
  }

  /** `named`: the entries of this tree may be trees themselves. */
  tree(at: number, named: boolean): void {
    const root = this.bytes.readBigUInt64LE(at + 40);
    const depth = this.bytes.readUInt16LE(at + 6);
    const entries = u64(this.bytes, at + 32);
    if (root === NO_PAGE) {
      unless(entries === 0, "a tree has lost its root");
      return;
    }
    unless(depth >= 1 && depth <= 32, "a tree has an impossible depth");
    const found = this.node(Number(root), depth, named);
    unless(found === entries, `a tree holds ${found} entries instead of ${entries}`);
  }

  /** The entries under a page. */
  private node(page: number, depth: number, named: boolean): number {
    const { bytes } = this;
    const at = this.enter(page);
    const kind =
      bytes.readUInt16LE(at + 18) & (PageKind.branch | PageKind.leaf | PageKind.overflow);
    unless(
      kind === (depth === 1 ? PageKind.leaf : PageKind.branch),
      `page ${page} is of the wrong kind`,
    );
    const lower = bytes.readUInt16LE(at + 20);
    const upper = bytes.readUInt16LE(at + 22);
    const room = this.meta.pageBytes - HEADER_BYTES;
    unless(
      lower % 2 === 0 && lower <= upper && upper <= room,
      `page ${page} has impossible bounds`,
    );
    let entries = 0;
    for (let i = 0; i < lower; i += 2) {
      const offset = bytes.readUInt16LE(at + HEADER_BYTES + i);
      const whole = `page ${page} has a node outside it`;
      unless(offset >= upper && offset + NODE_HEADER_BYTES <= room, whole);
      const nodeAt = at + HEADER_BYTES + offset;
      const dataAt = NODE_HEADER_BYTES + bytes.readUInt16LE(nodeAt + 6);
      unless(offset + dataAt <= room, whole);
      if (depth > 1) entries += this.node(bytes.readUIntLE(nodeAt, 6), depth - 1, named);
      else {
        unless(offset + dataAt + this.leafData(nodeAt, nodeAt + dataAt, named) <= room, whole);
        entries++;
      }
    }
    return entries;
  }

  /** Bytes of a leaf's data that lie in the leaf itself. */
  private leafData(nodeAt: number, dataAt: number, named: boolean): number {
    const { bytes } = this;
    const size = bytes.readUInt32LE(nodeAt);
    const flags = bytes.readUInt16LE(nodeAt + 4);
    if ((flags & NodeFlag.big) !== 0) {
      const page = u64(bytes, dataAt);
      const pages = Math.ceil((size + HEADER_BYTES) / this.meta.pageBytes);
      const at = this.enter(page, pages);
      unless(
        (bytes.readUInt16LE(at + 18) & PageKind.overflow) !== 0 &&
          bytes.readUInt32LE(at + 20) === pages,
        `page ${page} is of the wrong kind`,
      );
      return HEADER_BYTES;
    }
    if (named && (flags & NodeFlag.tree) !== 0) {
      unless(size === TREE_BYTES, "the root of a tree has an impossible size");
      this.tree(dataAt, false);
    }
    return size;
  }
}

function damageOf(bytes: Buffer): string | null {
  try {
    unless(bytes.length > 0, "it is empty");
    const meta = latestMeta(bytes);
    const walk = new Walk(bytes, meta);
    walk.tree(meta.at + 24, false);
    walk.tree(meta.at + 72, true);
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

/**
 * What is wrong with the LMDB data file; null when it is sound or not there. The trees must hang
 * together: every page reached is of the right kind, inside the file and used once. A file that
 * another process is writing may look damaged in passing, so damage counts only when the file
 * stood still meanwhile; otherwise null, and the owner record tells who is writing.
 */
export function findDamage(file: string): string | null {
  if (!existsSync(file)) return null;
  for (let attempt = 0; attempt < 3; attempt++) {
    const before = head(file);
    const damage = damageOf(readFileSync(file));
    if (damage === null || before.equals(head(file))) return damage;
  }
  return null;
}
