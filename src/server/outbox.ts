/**
 * What one connection has to say, in order.
 *
 *   answers          given in the order of the requests; each is held until its mark is durable, and
 *                    so are those behind it
 *   sendable text    answers let go; written once at the end of the turn
 *   notifications    sets of changed ids, written behind the answers that can be sent at the time,
 *                    and only when the client has read what was written before. While it has not,
 *                    ids collect and merge, so that they never take more room than there are ids.
 */
import type { CommitMark } from "../engine/api.js";
import type { Answer } from "./answer.js";

/** Where it is said: a socket. */
export interface Sink {
  write(text: string): unknown;
  /** Bytes written that the client has not taken yet. */
  readonly writableLength: number;
  /** Whether it should read before it is told more. */
  readonly writableNeedDrain: boolean;
  /** Whether anything can still be said. */
  readonly writable: boolean;
}

export class Outbox {
  private held: Answer[] = [];
  private heldFrom = 0;
  private heldLength = 0;
  private text = "";
  private readonly jobs = new Set<number>();
  private readonly machines = new Set<string>();
  private writeScheduled = false;

  constructor(
    private readonly sink: Sink,
    private readonly durableMark: () => CommitMark,
  ) {}

  /** Characters that the client has not taken yet, held ones included. */
  get unsent(): number {
    return this.sink.writableLength + this.text.length + this.heldLength;
  }

  /** Whether an answer waits for its commit. */
  get isHolding(): boolean {
    return this.held.length > this.heldFrom;
  }

  answer(answer: Answer): void {
    if (!this.isHolding && answer.mark <= this.durableMark()) {
      this.text += answer.line;
      this.scheduleWrite();
      return;
    }
    this.held.push(answer);
    this.heldLength += answer.line.length;
  }

  /** Lets go of the answers whose turn it is and whose commits are done. */
  release(durable: CommitMark): void {
    const { held } = this;
    let next = this.heldFrom;
    for (; next < held.length && held[next]!.mark <= durable; next++) {
      const { line } = held[next]!;
      this.text += line;
      this.heldLength -= line.length;
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

  jobChanged(jobId: number): void {
    this.jobs.add(jobId);
    this.scheduleWrite();
  }

  machineChanged(name: string): void {
    this.machines.add(name);
    this.scheduleWrite();
  }

  /** Writes, at the end of the turn, whatever can be written now. */
  scheduleWrite(): void {
    if (this.writeScheduled) return;
    this.writeScheduled = true;
    queueMicrotask(() => {
      this.writeScheduled = false;
      this.write();
    });
  }

  /** Writes what can be written now. */
  write(): void {
    if (!this.sink.writable) return;
    if (!this.sink.writableNeedDrain) {
      if (this.jobs.size > 0) {
        this.text += `{"jobs_changed":${JSON.stringify([...this.jobs])}}\n`;
        this.jobs.clear();
      }
      if (this.machines.size > 0) {
        this.text += `{"machines_changed":${JSON.stringify([...this.machines])}}\n`;
        this.machines.clear();
      }
    }
    if (this.text === "") return;
    const { text } = this;
    this.text = "";
    this.sink.write(text);
  }
}
