/**
 * Room at the end of the data file for the pages that LMDB may add, taken before LMDB is asked to write. A
 * full disk or quota is met here, where it is an error like any other: when a write of its own fails, LMDB
 * prints to standard error. On a full disk LMDB goes on in the room that is left, and in pages that have
 * become free.
 *
 *   0 … last page ever in use │ at most so much more by now │ room left │ end of the file
 *
 * Room is made by appending zeros, whatever the end of the file is then: that cannot touch a page, even
 * if the state is another's by now. It is of no use on a file system that never writes to the same place
 * twice (Btrfs, ZFS).
 */
import { constants } from "node:fs";
import { type FileHandle, open, statfs } from "node:fs/promises";
import type { Write } from "../records/tables.js";

/** So much is taken at a time, of a disk that has twice as much. */
const AHEAD_BYTES = 4 * 2 ** 20;
const ZEROS = Buffer.alloc(2 ** 18);

/** A change copies a leaf, perhaps splits it, and copies what is above both. */
const PAGES_A_WRITE = 5;
/** The list of free pages, and the tree of tables. */
const PAGES_A_COMMIT = 8;

/** How much of the file LMDB has used. */
export interface FileUse {
  readonly pageBytes: number;
  /** The last page that was ever in use. */
  readonly lastPage: number;
}

export class FileRoom {
  private fileBytes = 0;
  /** When it was last looked at. */
  private use: FileUse = { pageBytes: 4096, lastPage: 0 };
  /** Bytes used then, and what may have been added since. */
  private usedAtMost = 0;

  /** @param lookAtUse of the data file as it is */
  constructor(
    private readonly file: string,
    private readonly lookAtUse: () => FileUse,
  ) {}

  /** Whether it is known that there is room for a commit of these, which then counts as made. */
  has(writes: readonly Write[]): boolean {
    const after = this.usedAtMost + this.mostAdded(writes);
    if (after > this.fileBytes) return false;
    this.usedAtMost = after;
    return true;
  }

  /** Makes room for a commit. Rejects with the error of the system when the disk does not give it. */
  async make(writes: readonly Write[]): Promise<void> {
    this.use = this.lookAtUse();
    const needed = this.usedBytes() + this.mostAdded(writes);
    if (this.isShort(needed)) await this.extend(needed);
    this.usedAtMost = needed;
  }

  private isShort(needed: number): boolean {
    return this.fileBytes < needed + AHEAD_BYTES / 2;
  }

  private usedBytes(): number {
    return (this.use.lastPage + 1) * this.use.pageBytes;
  }

  /** Bytes that a commit may add to the file at most. */
  private mostAdded(writes: readonly Write[]): number {
    let bytes = 0;
    for (const { key, value } of writes) bytes += key.length + (value?.length ?? 0);
    const { pageBytes } = this.use;
    // No page is copied twice, nor split without half a page of new rows.
    const everyPage = 2 * this.usedBytes() + PAGES_A_COMMIT * pageBytes;
    const each = (PAGES_A_COMMIT + PAGES_A_WRITE * writes.length) * pageBytes;
    return Math.min(each, everyPage) + 4 * bytes;
  }

  private async extend(needed: number): Promise<void> {
    const handle = await open(this.file, constants.O_WRONLY | constants.O_APPEND);
    try {
      this.fileBytes = (await handle.stat()).size;
      if (!this.isShort(needed)) return;
      const half = this.fileBytes + (await freeBytes(this.file)) / 2;
      await this.append(handle, Math.max(needed, Math.min(needed + AHEAD_BYTES, half)));
    } catch (error) {
      // Less than was wanted is enough for now.
      if (this.fileBytes < needed) throw error;
    } finally {
      await handle.close();
    }
  }

  private async append(handle: FileHandle, end: number): Promise<void> {
    while (this.fileBytes < end) {
      const bytes = Math.min(ZEROS.length, Math.ceil(end - this.fileBytes));
      this.fileBytes += (await handle.write(ZEROS, 0, bytes)).bytesWritten;
    }
  }
}

/** Infinite where the file system does not say. */
async function freeBytes(file: string): Promise<number> {
  const { blocks, bavail, bsize } = await statfs(file);
  return blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize;
}
