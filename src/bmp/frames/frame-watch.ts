/**
 * Looks after a frame while its BMP has nothing else to do.
 *
 *   not known yet   asked for its version, at once
 *   answers         one board after the other, each once in `healthMs`: its status, and of one that
 *                   is up for a job the ids of its FPGAs and the links that were stopped
 *   silent          pinged now and then, until it answers
 *
 * What comes into the queue goes first: a look at a board is broken off for it. A board that is
 * unexpectedly off, or not as it should be, is reported once; one that is on without being up for a job
 * each time, since only the engine knows whether it may be.
 */
import type { Link } from "../../domain/links.js";
import type { Bmp } from "../exchange/bmp.js";
import { asBmpError } from "../exchange/errors.js";
import { lookAtBoard } from "../tasks/board-look.js";
import { type Frame, type FrameBoard, nameOfBoard } from "./frame.js";
import type { FrameBoards } from "./frame-boards.js";
import type { FrameContext } from "./frame-context.js";
import { HealthLog, whyOff, whyOn } from "./health.js";
import type { FrameWithBoards } from "./machine-frames.js";
import type { Silence } from "./silence.js";

/**
 * How long after a kill a BMP is first asked, at least: by then the orders are here that say whether it
 * needs to be left in peace for longer.
 */
const FIRST_ASKED_MS = 2000;

/** What it needs of the queue. */
interface FrameQueueAccess {
  readonly isIdle: () => boolean;
  /** Runs `look` with the BMP to itself, then whatever has come meanwhile. */
  readonly runFirst: (look: () => Promise<void>) => void;
  readonly withBmp: (frame: Frame, work: (bmp: Bmp) => Promise<void>) => Promise<void>;
  /** Whether tasks wait. */
  readonly hasTasks: () => boolean;
}

export class FrameWatch {
  readonly #context: FrameContext;
  readonly #silence: Silence;
  readonly #queue: FrameQueueAccess;
  readonly #health: HealthLog;
  readonly #boards: FrameBoards;
  /** Numbers of boards that were found faulty, and reported. */
  readonly #faulty = new Set<number>();
  #frame: FrameWithBoards | null = null;
  #healthMs = 0;
  #next = 0;
  #wasAsked = false;
  #timer: NodeJS.Timeout | null = null;
  /** performance.now() of the last ping. */
  #pingedMs = Number.NEGATIVE_INFINITY;
  /** Ends the ping that is under way. */
  #stopListening: () => void = () => {};

  constructor(
    context: FrameContext,
    silence: Silence,
    boards: FrameBoards,
    queue: FrameQueueAccess,
  ) {
    this.#context = context;
    this.#silence = silence;
    this.#boards = boards;
    this.#queue = queue;
    this.#health = new HealthLog(context.log);
  }

  /** @param healthMs 0: it is not watched */
  watch(frame: FrameWithBoards, healthMs: number): void {
    this.#frame = frame;
    this.#healthMs = healthMs;
    this.#plan();
  }

  unwatch(): void {
    this.#frame = null;
    this.#stopListening();
    this.#plan();
  }

  /** The queue has become empty. */
  idle(): void {
    this.#plan();
  }

  /** A task has come: it does not wait for a silent BMP to answer a ping. */
  giveWay(): void {
    this.#stopListening();
  }

  #plan(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#frame === null || this.#healthMs === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#queue.isIdle()) this.#queue.runFirst(() => this.#look());
    }, this.#waitMs(this.#frame));
    this.#timer.unref();
  }

  #waitMs({ boards }: FrameWithBoards): number {
    if (!this.#wasAsked) {
      const { startedAfterKillMs, replyMs } = this.#context;
      if (startedAfterKillMs === null) return 0;
      const firstAskedMs = startedAfterKillMs + Math.max(FIRST_ASKED_MS, replyMs());
      return Math.max(0, firstAskedMs - performance.now());
    }
    if (this.#silence.isSilent) {
      return Math.max(0, this.#pingedMs + this.#context.times.silentPingMs - performance.now());
    }
    return this.#healthMs / Math.max(1, boards.length);
  }

  async #look(): Promise<void> {
    const frame = this.#frame;
    if (frame === null) return;
    const begun = new Date();
    try {
      await this.#queue.withBmp(frame, (bmp) => this.#askNext(bmp, frame));
      this.#silence.noteAnswer(frame);
    } catch (error) {
      const failure = asBmpError(error);
      // Cut short for a task, it says nothing.
      if (this.#queue.hasTasks() && !this.#silence.isSilent) return;
      this.#silence.noteSilence(frame, begun, failure.message);
    }
  }

  /** Throws BmpError when the BMP is silent. */
  async #askNext(bmp: Bmp, frame: FrameWithBoards): Promise<void> {
    if (this.#silence.isSilent) return this.#ping(bmp);
    if (!this.#wasAsked) {
      this.#wasAsked = true;
      return bmp.ensureAnswering();
    }
    const board = frame.boards[this.#next % frame.boards.length];
    this.#next += 1;
    if (board !== undefined) await this.#readHealth(bmp, frame, board);
  }

  /** Listens until the next ping is due: a BMP that has become slow is heard all the same. */
  async #ping(bmp: Bmp): Promise<void> {
    const { replyMs, times } = this.#context;
    this.#pingedMs = performance.now();
    this.#stopListening = () => bmp.stopListening();
    try {
      await bmp.ping(Math.max(replyMs(), times.silentPingMs));
    } finally {
      this.#stopListening = () => {};
    }
  }

  async #readHealth(bmp: Bmp, frame: FrameWithBoards, board: FrameBoard): Promise<void> {
    const { number } = board;
    const name = nameOfBoard(frame, board);
    const stopped = this.#boards.stoppedLinks(number);
    const where = { bmp: frame.bmpAddress, board: number };
    let offReason: string | null = null;
    let isOff = "is off";
    try {
      const status = await bmp.status(number);
      this.#health.report(name, status);
      offReason = whyOff(status);
      if (offReason === null && stopped === null && !this.#queue.hasTasks())
        this.#context.onObservation({ kind: "boardOn", ...where, reason: whyOn(status) });
    } catch (error) {
      const failure = asBmpError(error);
      // Then nothing is known of its BMP, nor of the board.
      if (failure.isSilence) throw failure;
      isOff = "may be off";
      offReason = `its status could not be read: ${failure.message}`;
    }
    if (stopped === null || this.#queue.hasTasks()) return;
    if (offReason === null) return this.#lookAt(bmp, frame, board, stopped);
    this.#boards.wentOff([number]);
    this.#context.log.error(
      { bmp: frame.bmpAddress, board: name },
      `${name} ${isOff} although its job needs it: ${offReason}; the server checks it and powers it on again if need be`,
    );
    this.#context.onObservation({ kind: "boardOff", ...where, reason: offReason });
  }

  async #lookAt(
    bmp: Bmp,
    frame: FrameWithBoards,
    board: FrameBoard,
    stopped: ReadonlySet<Link>,
  ): Promise<void> {
    const { number } = board;
    const finding = await lookAtBoard(bmp, board, stopped, () => !this.#queue.hasTasks());
    if (finding === null) return;
    const wasFaulty = this.#faulty.delete(number);
    if (finding.kind === "as it should be") return;
    if (finding.kind === "boardFaulty") this.#faulty.add(number);
    if (finding.kind === "boardFaulty" && wasFaulty) return;
    this.#context.onObservation({ ...finding, bmp: frame.bmpAddress, board: number });
  }
}
