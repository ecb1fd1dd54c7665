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
 * |           | the state is another's        | lost: nothing is written or reported any more |
 * | failing   | the pause is over, or closing | writing the same group again; pauses double   |
 * | lost      | never                         |                                               |
 *
 * A group that failed may be on disk all the same (the error came late): putting and deleting the
 * same rows once more gives the same state, so it is simply written again.
 */
import type { Log } from "../../engine/contract/log.js";
import { StateError, StateLostError } from "../errors.js";
import type { Write } from "../records/tables.js";
import { systemLack } from "../system-lack.js";

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

export interface CommitQueueOptions {
  /**
   * Resolves when all of it is durable, as one transaction. Rejects with {@link StateLostError} when
   * the state is no longer ours, and with anything else when it may work another time.
   */
  readonly write: (writes: readonly Write[]) => Promise<void>;
  readonly log: Log;
  /** Called once, when a write was rejected for that reason. */
  readonly onLost: (reason: StateLostError) => void;
  readonly times?: CommitQueueTimes;
}

export class CommitQueue {
  private state: "idle" | "gathering" | "writing" | "failing" | "lost" = "idle";
  private waiting: ChangeSetWrites[] = [];
  private group: readonly ChangeSetWrites[] = [];
  /** Failures of the present group. */
  private failures = 0;
  private failingSince = 0;
  private pause: NodeJS.Timeout | undefined;
  private closing: { resolve(): void; reject(error: Error): void; attempts: number } | undefined;

  private lossReason: StateLostError | null = null;
  private readonly write: CommitQueueOptions["write"];
  private readonly log: Log;
  private readonly onLost: CommitQueueOptions["onLost"];
  private readonly times: CommitQueueTimes;

  constructor({ write, log, onLost, times = COMMIT_QUEUE_TIMES }: CommitQueueOptions) {
    this.write = write;
    this.log = log;
    this.onLost = onLost;
    this.times = times;
  }

  /** Throws once {@link close} was called; does nothing once the state is lost. */
  commit(writes: readonly Write[], done: () => void): void {
    if (this.closing !== undefined) throw new Error("commit after the store was closed");
    if (this.state === "lost") return;
    this.waiting.push({ writes, done });
    if (this.state === "idle") {
      this.state = "gathering";
      setImmediate(() => this.writeWaiting());
    }
  }

  /**
   * To call once. Resolves when everything is durable. Rejects when the state is lost, and with
   * STATE_NOT_SAVED if writing failed several times in a row; then nothing more is written.
   */
  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.closing = { resolve, reject, attempts: ATTEMPTS_WHEN_CLOSING };
      if (this.state === "idle") resolve();
      else if (this.lossReason !== null) reject(this.lossReason);
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
        `a write to the state directory has taken more than ${this.times.slowMs / 1000} s and is still waiting; clients get no answers about changes until it finishes. Check that disk`,
      );
    }, this.times.slowMs);
    slow.unref();
    let failure: unknown;
    try {
      await this.write(this.group.flatMap(({ writes }) => writes));
    } catch (error) {
      failure = error ?? new Error("a write failed without a reason");
    } finally {
      clearTimeout(slow);
    }
    if (failure instanceof StateLostError) this.lose(failure);
    else if (failure !== undefined) this.failed(failure);
    else this.committed(performance.now() - started);
  }

  private committed(tookMs: number): void {
    const { failures } = this;
    const afterMs = Math.round(failures > 0 ? performance.now() - this.failingSince : tookMs);
    if (failures > 0 || tookMs > this.times.slowMs) {
      const seconds = (afterMs / 1000).toFixed(1);
      this.log.warn(
        { failures, afterMs },
        `writing the state works again (after ${seconds} s); nothing was lost`,
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

  private lose(reason: StateLostError): void {
    this.state = "lost";
    this.lossReason = reason;
    this.group = [];
    this.waiting = [];
    this.onLost(reason);
    this.closing?.reject(reason);
  }

  private failed(error: unknown): void {
    if (this.failures === 0) {
      this.failingSince = performance.now();
      const lack = systemLack(error);
      this.log.error(
        { err: error, changeSets: this.group.length },
        lack === null
          ? "the state cannot be written; the server tries again until it can, and clients get no answers about changes until then. Look for a full or failing disk under the state directory"
          : `the state cannot be written: ${lack}. The disk is not at fault; the server tries again until it can, and clients get no answers about changes until then`,
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
    return new StateError(
      "STATE_NOT_SAVED",
      `The last changes could not be written to the state directory: ${String(cause)}. Everything that was confirmed to a client is saved. Free some space, or mend the disk, and start the server again.`,
      { cause },
    );
  }
}
