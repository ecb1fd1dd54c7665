/**
 * A file that is read a page or a value at a time: what is in memory does not grow with it, and it may be
 * larger than a buffer can be.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** So much is read at once of pages that follow each other. */
const BLOCK_BYTES = 256 * 1024;

export class PageFile {
  readonly bytes: number;
  /** Which file it is, whatever lies at its path by now. */
  readonly inode: number;
  private readonly fd: number;
  private readonly block = Buffer.allocUnsafe(BLOCK_BYTES);
  private blockAt = 0;
  private blockBytes = 0;
  /** Where the last read ended. */
  private end = 0;

  /** Throws what the system says. */
  constructor(path: string) {
    this.fd = openSync(path, "r");
    const { size, ino } = fstatSync(this.fd);
    this.bytes = size;
    this.inode = ino;
  }

  close(): void {
    closeSync(this.fd);
  }

  /** Fills the buffer with what begins at that offset. False when the file ends before that. */
  read(at: number, into: Buffer): boolean {
    const inBlock = at >= this.blockAt && at + into.length <= this.blockAt + this.blockBytes;
    if (!inBlock) {
      const follows = at === this.end && into.length < BLOCK_BYTES;
      this.end = at + into.length;
      if (!follows) return this.fill(at, into) === into.length;
      this.blockAt = at;
      this.blockBytes = this.fill(at, this.block);
      if (this.blockBytes < into.length) return false;
    }
    this.end = at + into.length;
    this.block.copy(into, 0, at - this.blockAt, this.end - this.blockAt);
    return true;
  }

  private fill(at: number, into: Buffer): number {
    let done = 0;
    while (done < into.length) {
      const bytes = readSync(this.fd, into, done, into.length - done, at + done);
      if (bytes === 0) break;
      done += bytes;
    }
    return done;
  }
}
