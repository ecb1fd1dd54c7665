/**
 * Looks after a frame while its BMP has nothing else to do.
 *
 *   not known yet   asked for its version, at once
 *   answers         the status of one board after the other, each once in `healthMs`
 *   silent          asked for its version now and then, until it answers
 *
 * What comes into the queue goes first: it waits for one exchange at most. A board that was powered
 * on and is dark is told of once.
 */
import type { BoardFailure } from "../../engine/contract/ports.js";
import type { Bmp } from "../exchange/bmp.js";
import { asBmpError } from "../exchange/errors.js";
import type { FrameTask } from "../tasks/frame-task.js";
import type { FrameContext } from "./frame-context.js";
import { HealthLog, reasonOff } from "./health.js";
import type { Frame } from "./machine-frames.js";
import type { SilenceWatch } from "./silence.js";

/**
 * How many reply times after a kill a BMP is greeted: by then the orders are here that say whether it
 * has to be left alone for longer.
 */
const GREETING_REPLIES = 4;

/** What it needs of the queue. */
interface Queue {
  readonly isIdle: () => boolean;
  /** Runs `look` with the BMP to itself, then whatever has come meanwhile. */
  readonly begin: (look: () => Promise<void>) => void;
  readonly withBmp: (work: (bmp: Bmp) => Promise<void>) => Promise<void>;
  /** Whether something waits. */
  readonly hasOther: () => boolean;
}

export class FrameWatch {
  readonly #host: string;
  readonly #context: FrameContext;
  readonly #silence: SilenceWatch;
  readonly #queue: Queue;
  readonly #health: HealthLog;
  /** Numbers of boards that were powered on and not off. */
  readonly #on = new Set<number>();
  #frame: Frame | null = null;
  #healthMs = 0;
  #next = 0;
  #greeted = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(host: string, context: FrameContext, silence: SilenceWatch, queue: Queue) {
    this.#host = host;
    this.#context = context;
    this.#silence = silence;
    this.#queue = queue;
    this.#health = new HealthLog(context.log);
  }

  /** @param healthMs 0: it is not watched */
  watch(frame: Frame, healthMs: number): void {
    this.#frame = frame;
    this.#healthMs = healthMs;
    this.#plan();
  }

  unwatch(): void {
    this.#frame = null;
    this.#plan();
  }

  /** The queue has become empty. */
  idle(): void {
    this.#plan();
  }

  /** Notes which boards should be on. */
  finished({ action, boards }: FrameTask, failures: readonly BoardFailure[]): void {
    const failed = new Set(failures.map(({ board }) => board));
    for (const { number, index } of boards) {
      const isOn = (action === "on" || action === "check") && !failed.has(index);
      if (isOn) this.#on.add(number);
      else this.#on.delete(number);
    }
  }

  #plan(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#frame === null || this.#healthMs === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#queue.isIdle()) this.#queue.begin(() => this.#look());
    }, this.#waitMs(this.#frame));
    this.#timer.unref();
  }

  #waitMs({ boards }: Frame): number {
    if (!this.#greeted) {
      const { killedBefore, times } = this.#context;
      if (killedBefore === null) return 0;
      return Math.max(0, killedBefore + GREETING_REPLIES * times.replyMs - performance.now());
    }
    if (this.#silence.isSilent) return this.#context.times.silentProbeMs;
    return this.#healthMs / Math.max(1, boards.length);
  }

  async #look(): Promise<void> {
    const frame = this.#frame;
    if (frame === null) return;
    const begun = new Date();
    try {
      await this.#queue.withBmp((bmp) => this.#ask(bmp, frame));
      this.#silence.answered(frame.name);
    } catch (error) {
      const failure = asBmpError(error);
      // Cut short for something else, it says nothing.
      if (this.#queue.hasOther() && !this.#silence.isSilent) return;
      this.#silence.silent(frame.name, begun, failure.message);
    }
  }

  /** Throws BmpError when the BMP is silent. */
  async #ask(bmp: Bmp, frame: Frame): Promise<void> {
    if (this.#silence.isSilent) return bmp.isThere();
    if (!this.#greeted) {
      this.#greeted = true;
      return bmp.greet(() => !this.#queue.hasOther());
    }
    const board = frame.boards[this.#next % frame.boards.length];
    this.#next += 1;
    if (board !== undefined) await this.#readHealth(bmp, frame, board);
  }

  async #readHealth(bmp: Bmp, frame: Frame, board: number): Promise<void> {
    const name = `${frame.name} (BMP ${this.#host}), board ${board}`;
    const isOn = this.#on.has(board);
    let dark: string | null = null;
    try {
      const status = await bmp.status(board, () => !this.#queue.hasOther());
      this.#health.note(name, status);
      dark = reasonOff(status);
    } catch (error) {
      const failure = asBmpError(error);
      // Of its BMP nothing is known then, and of the board neither.
      if (failure.isSilence) throw failure;
      dark = failure.message;
    }
    if (dark === null || !isOn || this.#queue.hasOther()) return;
    this.#on.delete(board);
    this.#context.log.error({ bmp: this.#host, board }, `${name} should be on: ${dark}`);
    this.#context.onObservation({
      kind: "boardOff",
      bmp: this.#host,
      board,
      reason: `${name}: ${dark}`,
    });
  }
}
