/**
 * What is to be sent to one client, in order.
 *
 *   waiting          answers, in the order of the requests; each waits until its mark is durable, and
 *                    those behind it wait with it
 *   sendable         answers that need not wait; written once at the end of the turn
 *   long             lists that are sent piece by piece, as fast as the client reads; what is behind one
 *                    waits for its end
 *   notifications    sets of changed ids, written behind the answers that can be sent at the time,
 *                    and only when the client has read what was written before. Until it has, ids
 *                    are collected and merged.
 *
 * Some answers must be known to have been written, or not. A client that has closed its side may still
 * be reading, or be gone for good: only the reply to a first packet shows which. So with such an
 * answer the last byte of all, which ends its line, follows a moment later, and fails if it is gone.
 */
import type { CommitMark } from "../../engine/contract/api.js";
import type { Answer } from "../answers/answer.js";
import { type Batch, Deliveries } from "./deliveries.js";
import { LongAnswers, type Queued } from "./long-answers.js";
import { jobsLine, machinesLine, PendingNotifications } from "./notifications.js";

/** Where it is written to: a socket. */
export interface Sink {
  write(chunk: string | Buffer, written?: (error?: Error | null) => void): unknown;
  /** What is written up to {@link uncork} goes out together. */
  cork(): void;
  uncork(): void;
  /** Bytes written that the client has not read yet. */
  readonly writableLength: number;
  /** Whether the client should read before more is written. */
  readonly writableNeedDrain: boolean;
  /** Whether anything can still be written. */
  readonly writable: boolean;
}

export interface OutboxOptions {
  readonly durableMark: () => CommitMark;
  /** Calls back once a mark is durable. */
  readonly whenDurable: (mark: CommitMark, callback: () => void) => void;
  /** Called when answers that waited for their commits have become sendable. */
  readonly sentDurable: () => void;
  /** Called after a write. */
  readonly wrote: () => void;
  /** Whether the client has closed its side of the connection. */
  readonly isHalfClosed: () => boolean;
  /** Called when {@link Outbox.hasUnwritten} may have ended. */
  readonly finished: () => void;
}

/** How long the reply of a client that is gone may take to come back; longer than any network's. */
const REPLY_MS = 250;
const LINE_END = "\n";
/** What an answer that waits for its commit takes beside its characters. */
const BYTES_OF_WAITING = 64;
/** Characters of text that may wait for the client to read. */
const HELD_TEXT = 1024;

export class Outbox {
  private waiting: Queued[] = [];
  private firstWaiting = 0;
  private waitingLength = 0;
  /** Sendable: complete chunks, and the text behind them. */
  private chunks: (string | Buffer)[] = [];
  private chunksLength = 0;
  private text = "";
  private readonly jobs = new PendingNotifications(jobsLine);
  private readonly machines = new PendingNotifications(machinesLine);
  private isWriteScheduled = false;
  private readonly deliveries = new Deliveries();
  private readonly long = new LongAnswers();
  /** Until the last byte follows. */
  private finishing: NodeJS.Timeout | null = null;

  constructor(
    private readonly sink: Sink,
    private readonly options: OutboxOptions,
  ) {}

  /**
   * Bytes that the client has not read yet, including answers and notifications that wait. A long answer
   * that it is reading does not count, so that none alone can be too much.
   */
  get unsentBytes(): number {
    const { sink, long, chunksLength, text } = this;
    const sendable = sink.writableLength + long.beforeBytes + chunksLength + text.length;
    const notifications = this.jobs.bufferedBytes + this.machines.bufferedBytes;
    return sendable + long.waitingBytes + this.waitingLength + notifications;
  }

  /** Bytes of what is still to be read of long answers, which are shared with others. */
  get sharedBytes(): number {
    return this.long.bytes;
  }

  /** Bytes held for this client alone. */
  get heldBytes(): number {
    const waiting = this.waiting.length - this.firstWaiting;
    return this.unsentBytes - this.long.waitingBytes + waiting * BYTES_OF_WAITING;
  }

  /** Whether an answer waits for its commit. */
  get awaitsCommit(): boolean {
    return this.waiting.length > this.firstWaiting;
  }

  /** Whether some of the answers is still to be written. */
  get hasUnwritten(): boolean {
    return this.isFinishing || this.long.isSendable || this.chunks.length > 0 || this.text !== "";
  }

  /** Whether the end of what was written is still to follow. */
  private get isFinishing(): boolean {
    return this.finishing !== null;
  }

  answer(given: Answer): void {
    const answer = given.pieces === undefined ? given : this.long.queue(given, given.pieces());
    if (!this.awaitsCommit && answer.mark <= this.options.durableMark()) {
      this.makeSendable(answer);
      this.scheduleWrite();
      return;
    }
    this.waiting.push(answer);
    this.waitingLength += answer.line.length;
    if (this.waiting.length === this.firstWaiting + 1) this.awaitFirst();
  }

  private awaitFirst(): void {
    this.options.whenDurable(this.waiting[this.firstWaiting]!.mark, this.firstIsDurable);
  }

  private readonly firstIsDurable = () => {
    this.sendDurable();
    if (this.awaitsCommit) this.awaitFirst();
    this.options.sentDurable();
  };

  /** Makes the first answers sendable, as far as their commits are done. */
  private sendDurable(): void {
    const durable = this.options.durableMark();
    const { waiting } = this;
    let next = this.firstWaiting;
    for (; next < waiting.length && waiting[next]!.mark <= durable; next++) {
      this.makeSendable(waiting[next]!);
      this.waitingLength -= waiting[next]!.line.length;
    }
    if (next === this.firstWaiting) return;
    // Those sent are removed now and then, all at once: each answer is moved at most once.
    if (next * 2 >= waiting.length) {
      this.waiting = waiting.slice(next);
      next = 0;
    }
    this.firstWaiting = next;
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

  /** Writes what can be written now. What the client has to read before stays here. */
  write(): void {
    const { sink } = this;
    if (!sink.writable || this.isFinishing) return;
    if (sink.writableNeedDrain || !this.writeLong()) {
      if (this.text.length > HELD_TEXT) this.addChunk();
      this.options.wrote();
      return;
    }
    this.text += this.jobs.take() + this.machines.take();
    const batch = this.deliveries.take();
    if (batch !== undefined && this.options.isHalfClosed()) this.writeInTwo(batch);
    else this.writeAll(batch && this.deliveries.writing(batch));
    this.options.wrote();
  }

  /** Writes long answers and what is before them; false while that is not all. */
  private writeLong(): boolean {
    if (!this.long.isSendable) return true;
    return this.long.write(this.sink, () => {
      this.write();
      this.options.finished();
    });
  }

  private writeAll(written?: (error?: Error | null) => void): void {
    const { sink, text, chunks } = this;
    this.text = "";
    this.chunksLength = 0;
    if (chunks.length === 0) {
      if (text !== "") sink.write(text, written);
      return;
    }
    this.chunks = [];
    sink.cork();
    const last = text === "" ? chunks.pop()! : text;
    for (const chunk of chunks) sink.write(chunk);
    sink.write(last, written);
    sink.uncork();
  }

  /** All but the last byte, and after a moment that one. */
  private writeInTwo(batch: Batch): void {
    const last = this.text === "" ? String(this.chunks.pop()) : this.text;
    this.text = last.slice(0, -LINE_END.length);
    this.writeAll();
    this.finishing = setTimeout(() => {
      this.finishing = null;
      this.sink.write(LINE_END, this.deliveries.writing(batch));
      this.write();
      this.options.finished();
    }, REPLY_MS);
  }

  /** The connection is closed: what was not written never will be. */
  close(): void {
    if (this.finishing !== null) clearTimeout(this.finishing);
    this.finishing = null;
    const waiting = this.waiting.slice(this.firstWaiting);
    this.waiting = [];
    this.firstWaiting = 0;
    this.waitingLength = 0;
    this.long.drop();
    for (const { delivery } of waiting) if (delivery !== undefined) this.deliveries.add(delivery);
    this.deliveries.fail();
  }

  /** Lets go of long answers at once: the connection is about to be closed. */
  dropLong(): void {
    this.long.drop();
  }

  private makeSendable({ line, bytes, delivery, long }: Queued): void {
    if (delivery !== undefined) this.deliveries.add(delivery);
    if (bytes === undefined && long === undefined) {
      this.text += line;
      return;
    }
    if (this.text !== "") this.addChunk();
    if (bytes !== undefined) {
      this.chunks.push(bytes);
      this.chunksLength += bytes.length;
    }
    if (long !== undefined) {
      this.long.maySend(long, this.chunks, this.chunksLength);
      this.chunks = [long.pieces.end];
      this.chunksLength = long.pieces.end.length;
    }
  }

  /** Makes a chunk of the text. Bytes take less memory than a string that grew. */
  private addChunk(): void {
    const chunk = Buffer.from(this.text);
    this.chunks.push(chunk);
    this.chunksLength += chunk.length;
    this.text = "";
  }
}
