/**
 * What one connection has to say, in order.
 *
 *   answers          given in the order of the requests; each is held until its mark is durable, and
 *                    so are those behind it
 *   sendable         answers let go; written once at the end of the turn
 *   notifications    sets of changed ids, written behind the answers that can be sent at the time,
 *                    and only when the client has read what was written before. While it has not,
 *                    ids collect and merge.
 */
import type { CommitMark } from "../../engine/contract/api.js";
import type { Answer } from "../answers/answer.js";
import { jobsLine, machinesLine, PendingNotifications } from "./notifications.js";

/** Where it is said: a socket. */
export interface Sink {
  write(chunk: string | Buffer): unknown;
  /** What is written up to {@link uncork} goes out together. */
  cork(): void;
  uncork(): void;
  /** Bytes written that the client has not taken yet. */
  readonly writableLength: number;
  /** Whether it should read before it is told more. */
  readonly writableNeedDrain: boolean;
  /** Whether anything can still be said. */
  readonly writable: boolean;
}

export interface OutboxOptions {
  readonly durableMark: () => CommitMark;
  /** Calls back once a mark is durable. */
  readonly whenDurable: (mark: CommitMark, callback: () => void) => void;
  /** Called when answers that waited for their commits were let go. */
  readonly released: () => void;
  /** Called after a write. */
  readonly wrote: () => void;
}

export class Outbox {
  private held: Answer[] = [];
  private heldFrom = 0;
  private heldLength = 0;
  /** Sendable: whole chunks, and the text behind them. */
  private chunks: (string | Buffer)[] = [];
  private chunksLength = 0;
  private text = "";
  private readonly jobs = new PendingNotifications(jobsLine);
  private readonly machines = new PendingNotifications(machinesLine);
  private isWriteScheduled = false;

  constructor(
    private readonly sink: Sink,
    private readonly options: OutboxOptions,
  ) {}

  /** Bytes that the client has not taken yet, held answers and ids to tell included. */
  get unsentBytes(): number {
    const sendable = this.sink.writableLength + this.chunksLength + this.text.length;
    return sendable + this.heldLength + this.jobs.bufferedBytes + this.machines.bufferedBytes;
  }

  /** Whether an answer waits for its commit. */
  get isHolding(): boolean {
    return this.held.length > this.heldFrom;
  }

  answer(answer: Answer): void {
    if (!this.isHolding && answer.mark <= this.options.durableMark()) {
      this.add(answer);
      this.scheduleWrite();
      return;
    }
    this.held.push(answer);
    this.heldLength += answer.line.length;
    if (this.held.length === this.heldFrom + 1) this.awaitCommit();
  }

  private awaitCommit(): void {
    this.options.whenDurable(this.held[this.heldFrom]!.mark, () => {
      this.release();
      if (this.isHolding) this.awaitCommit();
      this.options.released();
    });
  }

  /** Lets go of the first answers, as far as their commits are done. */
  private release(): void {
    const durable = this.options.durableMark();
    const { held } = this;
    let next = this.heldFrom;
    for (; next < held.length && held[next]!.mark <= durable; next++) {
      this.add(held[next]!);
      this.heldLength -= held[next]!.line.length;
    }
    if (next === this.heldFrom) return;
    // What was let go is dropped now and then, all at once: each answer is moved at most once.
    if (next * 2 >= held.length) {
      this.held = held.slice(next);
      next = 0;
    }
    this.heldFrom = next;
    this.scheduleWrite();
  }

  jobsChanged(jobIds: readonly number[]): void {
    this.jobs.add(jobIds);
    this.scheduleWrite();
  }

  machinesChanged(names: readonly string[]): void {
    this.machines.add(names);
    this.scheduleWrite();
  }

  /** Writes, at the end of the turn, whatever can be written now. */
  scheduleWrite(): void {
    if (this.isWriteScheduled) return;
    this.isWriteScheduled = true;
    queueMicrotask(() => {
      this.isWriteScheduled = false;
      this.write();
    });
  }

  /** Writes what can be written now. */
  write(): void {
    const { sink } = this;
    if (!sink.writable) return;
    if (!sink.writableNeedDrain) this.text += this.jobs.take() + this.machines.take();
    if (this.chunks.length > 0) {
      const chunks = [...this.chunks, this.text];
      this.chunks = [];
      this.chunksLength = 0;
      this.text = "";
      sink.cork();
      for (const chunk of chunks) if (chunk.length > 0) sink.write(chunk);
      sink.uncork();
    } else if (this.text !== "") {
      const { text } = this;
      this.text = "";
      sink.write(text);
    }
    this.options.wrote();
  }

  private add({ line, bytes }: Answer): void {
    if (bytes === undefined) {
      this.text += line;
      return;
    }
    if (this.text !== "") this.chunks.push(this.text);
    this.chunks.push(bytes);
    this.chunksLength += this.text.length + bytes.length;
    this.text = "";
  }
}
