/**
 * The order of commits. One transaction is under way at any time; what arrives meanwhile joins the
 * next, so that many change sets share one flush of the disk, and none can overtake another.
 *
 * | state     | leaves it when                | then                                          |
 * |-----------|-------------------------------|-----------------------------------------------|
 * | idle      | a change set arrives          | gathering                                     |
 * | gathering | this turn of the loop is over | writing: all that waits is one group          |
 * | writing   | the group is durable          | its `done`s in order; writing, if more waits  |
 * |           | the write failed              | failing, with the same group                  |
 * | failing   | the pause is over, or closing | writing the same group again; pauses double   |
 *
 * A group that failed may be on disk all the same (the error came late): putting and deleting the
 * same rows once more gives the same state, so it is simply written again.
 */
import type { Log } from "../../engine/contract/log.js";
import { StateError } from "../errors.js";
import type { Write } from "../records/tables.js";

export interface CommitQueueTimes {
  /** Pause after a first failure; doubles from one to the next. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** A commit that takes longer is reported. */
  readonly slowMs: number;
}

const COMMIT_QUEUE_TIMES: CommitQueueTimes = {
  firstPauseMs: 100,
  longestPauseMs: 5_000,
  slowMs: 10_000,
};

/** How often a failing group is tried when the store is closed, before it is given up. */
const ATTEMPTS_WHEN_CLOSING = 3;

interface ChangeSetWrites {
  readonly writes: readonly Write[];
  readonly done: () => void;
}

export class CommitQueue {
  private state: "idle" | "gathering" | "writing" | "failing" = "idle";
  private waiting: ChangeSetWrites[] = [];
  private group: readonly ChangeSetWrites[] = [];
  /** Failures of the present group. */
  private failures = 0;
  private failingSince = 0;
  private pause: NodeJS.Timeout | undefined;
  private closing: { resolve(): void; reject(error: Error): void; attempts: number } | undefined;

  /** `write` resolves when all of it is durable, as one transaction; it changes nothing otherwise. */
  constructor(
    private readonly write: (writes: readonly Write[]) => Promise<void>,
    private readonly log: Log,
    private readonly times: CommitQueueTimes = COMMIT_QUEUE_TIMES,
  ) {}

  /** Throws once {@link close} was called. */
  commit(writes: readonly Write[], done: () => void): void {
    if (this.closing !== undefined) throw new Error("Commit after the store was closed");
    this.waiting.push({ writes, done });
    if (this.state === "idle") {
      this.state = "gathering";
      setImmediate(() => this.writeWaiting());
    }
  }

  /**
   * Resolves when everything is durable. Rejects with STATE_NOT_SAVED if that failed several times
   * in a row; then nothing more is written.
   */
  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.closing = { resolve, reject, attempts: ATTEMPTS_WHEN_CLOSING };
      if (this.state === "idle") resolve();
      else if (this.state === "failing") this.retry();
    });
  }

  private writeWaiting(): void {
    this.group = this.waiting;
    this.waiting = [];
    void this.writeGroup();
  }

  private retry(): void {
    clearTimeout(this.pause);
    void this.writeGroup();
  }

  private async writeGroup(): Promise<void> {
    this.state = "writing";
    const started = performance.now();
    const slow = setTimeout(() => {
      this.log.error(
        { afterMs: this.times.slowMs, waiting: this.waiting.length },
        "The state is not written: the disk of the state directory does not answer. Answers to clients wait for it.",
      );
    }, this.times.slowMs);
    slow.unref();
    let failure: unknown;
    try {
      await this.write(this.group.flatMap(({ writes }) => writes));
    } catch (error) {
      failure = error ?? new Error("write failed without a reason");
    } finally {
      clearTimeout(slow);
    }
    if (failure !== undefined) this.failed(failure);
    else this.committed(performance.now() - started);
  }

  private committed(tookMs: number): void {
    if (this.failures > 0) {
      this.log.warn(
        { failures: this.failures, afterMs: Math.round(performance.now() - this.failingSince) },
        "The state is written again; nothing was lost",
      );
    } else if (tookMs > this.times.slowMs) {
      this.log.warn(
        { tookMs: Math.round(tookMs) },
        "The state is written again, after a long wait",
      );
    }
    this.failures = 0;
    const { group } = this;
    this.group = [];
    for (const { done } of group) done();
    if (this.waiting.length > 0) {
      this.writeWaiting();
      return;
    }
    this.state = "idle";
    this.closing?.resolve();
  }

  private failed(error: unknown): void {
    if (this.failures === 0) {
      this.failingSince = performance.now();
      this.log.error(
        { err: error, changeSets: this.group.length },
        "The state cannot be written; trying again until it can. Answers to clients wait for it. Look for a full or failing disk under the state directory.",
      );
    }
    this.failures++;
    this.state = "failing";
    const { firstPauseMs, longestPauseMs } = this.times;
    let pauseMs = Math.min(firstPauseMs * 2 ** (this.failures - 1), longestPauseMs);
    if (this.closing !== undefined) {
      this.closing.attempts--;
      if (this.closing.attempts === 0) {
        this.closing.reject(this.notSaved(error));
        return;
      }
      pauseMs = firstPauseMs;
    }
    this.pause = setTimeout(() => this.retry(), pauseMs);
  }

  private notSaved(cause: unknown): StateError {
    const lost = this.group.length + this.waiting.length;
    return new StateError(
      "STATE_NOT_SAVED",
      `The last ${lost} changes could not be written to the state directory: ${String(cause)}. What was acknowledged before them is safe.`,
      { cause },
    );
  }
}
