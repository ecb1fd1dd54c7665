/**
 * Walks all pages of one snapshot of an LMDB data file. Layout (LMDB data version 2 as lmdb-js
 * builds it, 64 bit, little-endian):
 *
 * | where             | what                                                                      |
 * |-------------------|---------------------------------------------------------------------------|
 * | page + 0, 8       | number of this page, transaction that wrote it                            |
 * | page + 18, 20, 22 | kind flags, lower and upper bound of free space (counted from byte 24)    |
 * | page + 24 …       | 2-byte offsets of the nodes (counted from byte 24)                        |
 * | overflow + 20     | number of pages; the data follow from byte 24                             |
 * | tree + 4, 6, 32, 40 | flags, depth, entries, root page                                        |
 * | node + 0, 4, 6, 8 | size of data (or child page: 6 bytes), flags, size of key, key; then data |
 * | free list         | how many numbers, then these: a page; 0 for none; -n: n from the next on  |
 *
 * Every page is a meta page, in use once, in one free list once, or lost.
 */

export const HEADER_BYTES = 24;
const TREE_BYTES = 48;
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

/** Is told every row; key and value are views of the file's bytes. */
export type RowVisitor = (table: string, key: Buffer, value: Buffer) => void;

/** Throws {@link Damage}, or RangeError where something points past the end of the file. */
export class Walk {
  /** Pages in use and free ones. */
  private readonly seen = new Set<number>();
  /** Whose rows are walked. */
  private table = "";

  constructor(
    private readonly bytes: Buffer,
    private readonly extent: Extent,
    private readonly visit: RowVisitor,
  ) {}

  /** To call after all trees: the pages past the end of the file must be known to be free. */
  end(): void {
    const { pageBytes, lastPage } = this.extent;
    unless(
      this.seen.has(lastPage) || (lastPage + 1) * pageBytes <= this.bytes.length,
      "it is shorter than it says",
    );
  }

  private see(page: number, pages: number): void {
    unless(
      page > 1 && page + pages - 1 <= this.extent.lastPage,
      `it refers to page ${page}, which was never in use`,
    );
    for (let p = page; p < page + pages; p++) {
      unless(!this.seen.has(p), `page ${p} is used twice`);
      this.seen.add(p);
    }
  }

  /** Offset of the page in the file. */
  private enter(page: number, pages = 1): number {
    const { pageBytes } = this.extent;
    this.see(page, 1);
    unless((page + pages) * pageBytes <= this.bytes.length, `it is cut off before page ${page}`);
    if (pages > 1) this.see(page + 1, pages - 1);
    const at = page * pageBytes;
    unless(
      u64(this.bytes, at) === page && u64(this.bytes, at + 8) <= this.extent.transaction,
      `page ${page} holds something else`,
    );
    return at;
  }

  /** Of the tree record at that offset. */
  tree(at: number, content: Content): void {
    const root = this.bytes.readBigUInt64LE(at + 40);
    const depth = this.bytes.readUInt16LE(at + 6);
    const entries = u64(this.bytes, at + 32);
    const kind = this.bytes.readUInt16LE(at + 4) & TREE_KIND;
    unless(kind === (content === "freeLists" ? INTEGER_KEYS : 0), "a tree is of the wrong kind");
    if (root === NO_PAGE) {
      unless(entries === 0, "a tree has lost its root");
      return;
    }
    unless(depth >= 1 && depth <= 32, "a tree has an impossible depth");
    const found = this.node(Number(root), depth, content);
    unless(found === entries, `a tree holds ${found} entries instead of ${entries}`);
  }

  /** The entries under a page. */
  private node(page: number, depth: number, content: Content): number {
    const { bytes } = this;
    const at = this.enter(page);
    // All of the flags: LMDB goes by others as well, which no page of ours has.
    unless(
      bytes.readUInt16LE(at + 18) === (depth === 1 ? PageKind.leaf : PageKind.branch),
      `page ${page} is of the wrong kind`,
    );
    const lower = bytes.readUInt16LE(at + 20);
    const upper = bytes.readUInt16LE(at + 22);
    const room = this.extent.pageBytes - HEADER_BYTES;
    unless(
      lower > 0 && lower % 2 === 0 && lower <= upper && upper <= room,
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
      if (depth > 1) entries += this.node(bytes.readUIntLE(nodeAt, 6), depth - 1, content);
      else {
        unless(offset + dataAt + this.leafData(nodeAt, nodeAt + dataAt, content) <= room, whole);
        entries++;
      }
    }
    return entries;
  }

  /** Bytes of a leaf's data that lie in the leaf itself. */
  private leafData(nodeAt: number, dataAt: number, content: Content): number {
    const { bytes } = this;
    const size = bytes.readUInt32LE(nodeAt);
    const flags = bytes.readUInt16LE(nodeAt + 4);
    const inTree = content === "trees" ? flags & ~NodeFlag.tree : flags;
    unless((inTree & ~NodeFlag.big) === 0, "a row is of the wrong kind");
    const big = (flags & NodeFlag.big) !== 0;
    const at = big ? this.overflow(u64(bytes, dataAt), size) : dataAt;
    const key = bytes.subarray(nodeAt + NODE_HEADER_BYTES, dataAt);
    if (content === "freeLists") this.freeList(at, size);
    else if (content === "rows") this.visit(this.table, key, bytes.subarray(at, at + size));
    else if ((flags & NodeFlag.tree) !== 0) {
      unless(size === TREE_BYTES, "the root of a tree has an impossible size");
      // lmdb-js ends names with a NUL.
      this.table = key.toString().replace(/\0$/, "");
      this.tree(at, "rows");
    }
    return big ? HEADER_BYTES : size;
  }

  /** Offset of the data of that size that begin on an overflow page. */
  private overflow(page: number, size: number): number {
    const pages = Math.ceil((size + HEADER_BYTES) / this.extent.pageBytes);
    const at = this.enter(page, pages);
    unless(
      this.bytes.readUInt16LE(at + 18) === PageKind.overflow &&
        this.bytes.readUInt32LE(at + 20) === pages,
      `page ${page} is of the wrong kind`,
    );
    return at + HEADER_BYTES;
  }

  private freeList(at: number, size: number): void {
    const numbers = u64(this.bytes, at);
    unless((numbers + 1) * 8 <= size, "a list of free pages is longer than its room");
    for (let i = 1; i <= numbers; i++) {
      const number = Number(this.bytes.readBigInt64LE(at + i * 8));
      if (number > 0) this.see(number, 1);
      else if (number < 0) {
        i++;
        unless(i <= numbers, "a list of free pages breaks off");
        unless(-number <= this.extent.lastPage, "a list of free pages has an impossible entry");
        this.see(u64(this.bytes, at + i * 8), -number);
      }
    }
  }
}
