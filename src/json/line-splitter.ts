/**
 * Bytes to lines. The cost is linear in the bytes, however they are cut: the beginning of a line is
 * kept in one buffer that doubles, and each byte is looked at once.
 */
import { isUtf8 } from "node:buffer";

const NEWLINE = 0x0a;
const FIRST_CAPACITY = 4096;

export interface SplitLines {
  /** Complete lines without their newlines; those of nothing but white space are left out. */
  readonly lines: readonly string[];
  /** What ends the stream after these lines; null while it goes on. */
  readonly fault: LineFault | null;
}

export type LineFault = "too long" | "not UTF-8";

export class LineSplitter {
  private pending: Buffer | null = null;
  private pendingLength = 0;

  /** Memory taken by the beginning of a line whose end has not come yet. */
  get bufferedBytes(): number {
    return this.pending?.length ?? 0;
  }

  /**
   * Takes in the next bytes of the stream. A line longer than the limit is a fault, even before its
   * end has come. Nothing may be pushed after a fault.
   */
  push(chunk: Buffer, limitBytes: number): SplitLines {
    const lines: string[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      const length = (end < 0 ? chunk.length : end) - start;
      if (this.pendingLength + length > limitBytes) {
        return { lines, fault: "too long" };
      }
      if (end < 0) {
        if (length > 0) this.keep(chunk.subarray(start));
        return { lines, fault: null };
      }
      const line = this.complete(chunk.subarray(start, end));
      start = end + 1;
      if (line.length === 0) continue;
      if (!isUtf8(line)) return { lines, fault: "not UTF-8" };
      const text = line.toString("utf8");
      if (text.trim() !== "") lines.push(text);
    }
  }

  private keep(part: Buffer): void {
    const needed = this.pendingLength + part.length;
    if (this.pending === null || this.pending.length < needed) {
      const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY, 2 * needed));
      this.pending?.copy(grown, 0, 0, this.pendingLength);
      this.pending = grown;
    }
    part.copy(this.pending, this.pendingLength);
    this.pendingLength = needed;
  }

  private complete(rest: Buffer): Buffer {
    if (this.pending === null) return rest;
    this.keep(rest);
    const line = this.pending.subarray(0, this.pendingLength);
    this.pending = null;
    this.pendingLength = 0;
    return line;
  }
}
