/**
 * Walks all pages in use of one snapshot of an LMDB data file, one after the other. Layout (LMDB data version 2 as lmdb-js
 * builds it, 64 bit, little-endian):
 *
 * | where             | what                                                                      |
 * |-------------------|---------------------------------------------------------------------------|
 * | page + 0, 8       | number of this page, transaction that wrote it                            |
 * | page + 18, 20, 22 | kind flags, lower and upper bound of free space (counted from byte 24)    |
 * | page + 24 …       | 2-byte offsets of the nodes (counted from byte 24)                        |
 * | overflow + 20     | number of pages; the data follow from byte 24                             |
 * | tree + 4, 6       | flags, depth                                                              |
 * | tree + 8, 16, 24  | branch pages, leaf pages, overflow pages                                  |
 * | tree + 32, 40     | entries, root page                                                        |
 * | node + 0, 4, 6, 8 | size of data (or child page: 6 bytes), flags, size of key, key; then data |
 * | data of a big row | first overflow page, transaction that wrote it, number of pages           |
 * | free list         | how many numbers, then these: a page; 0 for none; -n: n from the next on  |
 *
 * Every page is a meta page, in use once, in one free list once, or lost. The nodes of a page lie one behind the
 * other from the upper bound to its end, each at an even offset. Keys ascend, and the key of a child is at most its
 * first one. LMDB relies on all of that when it writes, and would crash or spoil more.
 */

import type { PageFile } from "./page-file.js";
import { KeyOrder, tile } from "./page-order.js";
import { PageSet } from "./page-set.js";

export const HEADER_BYTES = 24;
export const TREE_BYTES = 48;
const NODE_HEADER_BYTES = 8;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
export const PageKind = { branch: 0x01, leaf: 0x02, overflow: 0x04, meta: 0x08 } as const;
/** The flags of a tree that LMDB goes by when it reads, and that of the free lists. */
const TREE_KIND = 0xff;
const INTEGER_KEYS = 0x08;
const NodeFlag = { big: 0x01, tree: 0x02 } as const;

/** What is wrong with the file. */
export class Damage extends Error {}

export function unless(sound: boolean, damage: string): asserts sound {
  if (!sound) throw new Damage(damage);
}

export function u64(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

/** Where the pages of a snapshot lie. */
export interface Extent {
  readonly pageBytes: number;
  /** The last page that was ever in use. */
  readonly lastPage: number;
  /** The transaction that made the snapshot. */
  readonly transaction: number;
}

/** What the entries of a tree are: plain rows, rows among which there are trees, or free lists. */
type Content = "rows" | "trees" | "freeLists";

/** Is told every row. Key and value are there during the call only. */
type RowVisitor = (table: string, key: Buffer, value: Buffer) => void;

/** Rows that are to be told; of other tables than `only` no value is read. */
export interface WantedRows {
  readonly visit: RowVisitor;
  readonly only?: string;
  /** Whether other tables are passed over, and so not checked. */
  readonly passOver?: boolean;
}

/** How far a file may end before the last page that it says it had: pages that no commit kept. */
const MOST_UNWRITTEN = 2 ** 20;

/** Pages of one tree. */
type PageCounts = Record<"branch" | "leaf" | "overflow", number>;

/** Throws {@link Damage}, or RangeError where something points past the end of its page. */
export class Walk {
  /** Pages in use, and free ones. */
  private readonly seen = new PageSet();
  pagesInUse = 0;
  freePages = 0;
  /** Whose rows are walked. */
  private table = "";
  private counts: PageCounts = { branch: 0, leaf: 0, overflow: 0 };
  private order = new KeyOrder(false);
  /** The page of each level that is being walked. */
  private readonly pages: Buffer[] = [];
  private level = 0;
  private readonly header = Buffer.alloc(HEADER_BYTES);

  constructor(
    private readonly file: PageFile,
    private readonly extent: Extent,
    private readonly wanted: WantedRows,
  ) {
    const { lastPage, pageBytes } = extent;
    unless(
      lastPage <= 8 * Math.floor(file.bytes / pageBytes) + MOST_UNWRITTEN,
      "it is shorter than it says",
    );
  }

  /** To call after all trees: the pages past the end of the file must be known to be free. */
  end(): void {
    const { pageBytes, lastPage } = this.extent;
    unless(
      this.seen.has(lastPage) || (lastPage + 1) * pageBytes <= this.file.bytes,
      "it is shorter than it says",
    );
  }

  private see(page: number, pages: number): void {
    unless(
      page > 1 && page + pages - 1 <= this.extent.lastPage,
      `it refers to page ${page}, which was never in use`,
    );
    for (let p = page; p < page + pages; p++) unless(this.seen.add(p), `page ${p} is used twice`);
  }

  /** Reads the beginning of a page, or of several that belong together. */
  private enter(page: number, into: Buffer, pages = 1): void {
    const { pageBytes, transaction } = this.extent;
    this.see(page, 1);
    unless((page + pages) * pageBytes <= this.file.bytes, `it is cut off before page ${page}`);
    if (pages > 1) this.see(page + 1, pages - 1);
    this.pagesInUse += pages;
    unless(this.file.read(page * pageBytes, into), `it is cut off before page ${page}`);
    unless(
      u64(into, 0) === page && u64(into, 8) <= transaction,
      `page ${page} holds something else`,
    );
  }

  /** Of the tree record. */
  tree(record: Buffer, content: Content): void {
    const root = record.readBigUInt64LE(40);
    const depth = record.readUInt16LE(6);
    const entries = u64(record, 32);
    const kind = record.readUInt16LE(4) & TREE_KIND;
    unless(kind === (content === "freeLists" ? INTEGER_KEYS : 0), "a tree is of the wrong kind");
    if (root === NO_PAGE) {
      unless(entries === 0, "a tree has lost its root");
      return;
    }
    unless(depth >= 1 && depth <= 32, "a tree has an impossible depth");
    const { counts, order } = this;
    this.counts = { branch: 0, leaf: 0, overflow: 0 };
    this.order = new KeyOrder(content === "freeLists");
    const found = this.node(Number(root), depth, content);
    unless(found === entries, `a tree holds ${found} entries instead of ${entries}`);
    const { branch, leaf, overflow } = this.counts;
    unless(
      u64(record, 8) === branch && u64(record, 16) === leaf && u64(record, 24) === overflow,
      "a tree has other pages than it says",
    );
    this.counts = counts;
    this.order = order;
  }

  /** The entries under a page. */
  private node(page: number, depth: number, content: Content): number {
    this.pages[this.level] ??= Buffer.allocUnsafe(this.extent.pageBytes);
    const bytes = this.pages[this.level++]!;
    this.enter(page, bytes);
    // All of the flags: LMDB goes by others as well, which no page of ours has.
    const isLeaf = depth === 1;
    const kind = isLeaf ? PageKind.leaf : PageKind.branch;
    unless(bytes.readUInt16LE(18) === kind, `page ${page} is of the wrong kind`);
    this.counts[isLeaf ? "leaf" : "branch"]++;
    const lower = bytes.readUInt16LE(20);
    const upper = bytes.readUInt16LE(22);
    const room = this.extent.pageBytes - HEADER_BYTES;
    unless(
      lower > 0 && lower % 2 === 0 && lower <= upper && upper <= room,
      `page ${page} has impossible bounds`,
    );
    let entries = 0;
    const extents: number[] = [];
    for (let i = 0; i < lower; i += 2) {
      const offset = bytes.readUInt16LE(HEADER_BYTES + i);
      const whole = `page ${page} has a node outside it`;
      unless(offset >= upper && offset + NODE_HEADER_BYTES <= room, whole);
      const nodeAt = HEADER_BYTES + offset;
      const dataAt = NODE_HEADER_BYTES + bytes.readUInt16LE(nodeAt + 6);
      unless(offset + dataAt <= room, whole);
      const key = bytes.subarray(nodeAt + NODE_HEADER_BYTES, nodeAt + dataAt);
      // The first child of a branch has no key that counts.
      const isOrdered = isLeaf ? this.order.next(key) : i === 0 || this.order.child(key);
      unless(isOrdered, `page ${page} has keys out of order`);
      let size = dataAt;
      if (isLeaf) {
        const node = bytes.subarray(nodeAt, nodeAt + room - offset);
        size += this.leafData(node, dataAt, content);
        unless(offset + size <= room, whole);
        entries++;
      } else entries += this.node(bytes.readUIntLE(nodeAt, 6), depth - 1, content);
      extents.push(offset * 0x10000 + size + (size % 2));
    }
    unless(tile(extents, upper, room), `page ${page} has nodes that overlap`);
    this.level--;
    return entries;
  }

  /** Bytes of a leaf's data that lie in the leaf itself. `node`: the rest of the page from the node on. */
  private leafData(node: Buffer, dataAt: number, content: Content): number {
    const size = node.readUInt32LE(0);
    const flags = node.readUInt16LE(4);
    const inTree = content === "trees" ? flags & ~NodeFlag.tree : flags;
    unless((inTree & ~NodeFlag.big) === 0, "a row is of the wrong kind");
    const big = (flags & NodeFlag.big) !== 0;
    const key = node.subarray(NODE_HEADER_BYTES, dataAt);
    const { only, visit } = this.wanted;
    const isWanted = content === "rows" && (only === undefined || only === this.table);
    if (big) {
      const value = this.overflow(node, dataAt, {
        size,
        isWanted: isWanted || content === "freeLists",
      });
      if (content === "freeLists") this.freeList(value);
      else if (isWanted) visit(this.table, key, value);
      return HEADER_BYTES;
    }
    // What lies outside the page is found by the caller.
    if (dataAt + size > node.length) return size;
    const value = node.subarray(dataAt, dataAt + size);
    if (content === "freeLists") this.freeList(value);
    else if (isWanted) visit(this.table, key, value);
    else if ((flags & NodeFlag.tree) !== 0) {
      unless(size === TREE_BYTES, "the root of a tree has an impossible size");
      // lmdb-js ends names with a NUL.
      this.table = key.toString().replace(/\0$/, "");
      const { passOver = false } = this.wanted;
      if (!passOver || only === this.table) this.tree(value, "rows");
    }
    return size;
  }

  /** The data of that size that lie on overflow pages; empty when they are not wanted. */
  private overflow(
    node: Buffer,
    dataAt: number,
    { size, isWanted }: { readonly size: number; readonly isWanted: boolean },
  ): Buffer {
    const { pageBytes, transaction } = this.extent;
    const page = u64(node, dataAt);
    const pages = Math.ceil((size + HEADER_BYTES) / pageBytes);
    unless(
      u64(node, dataAt + 8) <= transaction && u64(node, dataAt + 16) === pages,
      `a row says something else than its size of its pages from ${page} on`,
    );
    this.enter(page, this.header, pages);
    this.counts.overflow += pages;
    unless(
      this.header.readUInt16LE(18) === PageKind.overflow && this.header.readUInt32LE(20) === pages,
      `page ${page} is of the wrong kind`,
    );
    const value = Buffer.allocUnsafe(isWanted ? size : 0);
    const isThere = this.file.read(page * pageBytes + HEADER_BYTES, value);
    unless(isThere, `it is cut off within page ${page}`);
    return value;
  }

  private freeList(list: Buffer): void {
    const numbers = u64(list, 0);
    unless((numbers + 1) * 8 <= list.length, "a list of free pages is longer than its room");
    for (let i = 1; i <= numbers; i++) {
      const number = Number(list.readBigInt64LE(i * 8));
      if (number > 0) this.free(number, 1);
      else if (number < 0) {
        i++;
        unless(i <= numbers, "a list of free pages breaks off");
        unless(-number <= this.extent.lastPage, "a list of free pages has an impossible entry");
        this.free(u64(list, i * 8), -number);
      }
    }
  }

  private free(page: number, pages: number): void {
    this.see(page, pages);
    this.freePages += pages;
  }
}
