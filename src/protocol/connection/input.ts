/**
 * What was read from one client and is not handled yet: lines that wait, the beginning of the next one,
 * and behind them a chunk that is not yet looked at.
 */
import { LineSplitter } from "../../json/index.js";
import { faultOf, type ProtocolFault } from "../requests/errors.js";
import { InputQueue } from "./input-queue.js";

/** What a line that waits takes beside its characters, and what each of these takes at most. */
const BYTES_OF_LINE = 32;
const BYTES_OF_CHAR = 2;

export class Input {
  private readonly splitter = new LineSplitter();
  private readonly queue = new InputQueue();
  private held: Buffer | null = null;

  /** Lines that wait. */
  get length(): number {
    return this.queue.length;
  }

  /** Whether nothing of it waits, but for the beginning of a line. */
  get isEmpty(): boolean {
    return this.queue.length === 0 && this.held === null;
  }

  /** Whether a chunk is to be looked at next. */
  get isHeldNext(): boolean {
    return this.queue.length === 0 && this.held !== null;
  }

  /** Bytes of memory that it takes. */
  get memoryBytes(): number {
    const lines = this.queue.bytes * BYTES_OF_CHAR + this.queue.length * BYTES_OF_LINE;
    return lines + this.splitter.bufferedBytes + (this.held?.length ?? 0);
  }

  /** Whether more waits than one client may have waiting. */
  isBeyond(lines: number, bytes: number): boolean {
    return this.queue.length > lines || this.queue.bytes > bytes;
  }

  /** Keeps a chunk to be looked at later. Nothing more may come before {@link splitHeld}. */
  hold(chunk: Buffer): void {
    this.held = chunk;
  }

  /** Takes in a chunk. */
  split(chunk: Buffer, lineBytes: number): void {
    const { lines, fault } = this.splitter.push(chunk, lineBytes);
    this.queue.add(lines, faultOf(fault, lineBytes));
  }

  /** Takes in the chunk that was kept. */
  splitHeld(lineBytes: number): void {
    const chunk = this.held!;
    this.held = null;
    this.split(chunk, lineBytes);
  }

  /** Takes the oldest line, or the fault behind the last; there must be one. */
  take(): string | ProtocolFault {
    return this.queue.take();
  }

  clear(): void {
    this.queue.clear();
    this.held = null;
  }
}
