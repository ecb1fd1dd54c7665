/**
 * What this server knows of the boards of one frame, by their number, from what it did and saw:
 *
 *   off   since when, at the latest. A board is powered on only after the pause: one that is
 *         switched on again too soon comes up unstable
 *   on    for a job, and which of its links are stopped: power-on opens all of them
 *
 * Times are those of a clock that never jumps. What a server before this one powered off, it may have
 * powered off until the very moment when this one started.
 */
import type { Link } from "../../domain/links.js";
import type { BoardFailure, PowerAction } from "../../engine/contract/ports.js";

const NEVER_MS = Number.NEGATIVE_INFINITY;

/** What it needs to know of a task. */
interface FinishedTask {
  readonly action: PowerAction;
  readonly boards: readonly { readonly number: number; readonly index: number }[];
}

export class FrameBoards {
  readonly #nowMs: () => number;
  readonly #offSinceMs = new Map<number, number>();
  readonly #onWithStopped = new Map<number, ReadonlySet<Link>>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** They went off, or may have, or are seen to be off and may have been on a moment ago. */
  wentOff(boards: Iterable<number>): void {
    for (const board of boards) {
      this.#offSinceMs.set(board, this.#nowMs());
      this.#onWithStopped.delete(board);
    }
  }

  /** They may have gone off at that moment, as far as it is not known when they did. */
  mayHaveGoneOff(boards: Iterable<number>, atMs: number): void {
    for (const board of boards) {
      if (!this.#offSinceMs.has(board)) this.#offSinceMs.set(board, atMs);
    }
  }

  /** When the last of the boards has been off for the pause. */
  pauseOverMs(boards: Iterable<number>, pauseMs: number): number {
    let overMs = NEVER_MS;
    for (const board of boards) {
      overMs = Math.max(overMs, (this.#offSinceMs.get(board) ?? NEVER_MS) + pauseMs);
    }
    return overMs;
  }

  /** It is up for a job, and these of its links are stopped. */
  isUp(board: number, stopped: Iterable<Link>): void {
    this.#onWithStopped.set(board, new Set(stopped));
  }

  /** Boards that failed, and those that no job needs on, are not up for a job any more. */
  finished({ action, boards }: FinishedTask, failures: readonly BoardFailure[]): void {
    const failed = new Set(failures.map(({ board }) => board));
    for (const { number, index } of boards) {
      const isOn = (action === "on" || action === "check") && !failed.has(index);
      if (!isOn) this.#onWithStopped.delete(number);
    }
  }

  /** The links that are stopped of a board that is up for a job; null for any other board. */
  stoppedLinks(board: number): ReadonlySet<Link> | null {
    return this.#onWithStopped.get(board) ?? null;
  }
}
