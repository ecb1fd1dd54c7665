/**
 * All that one BMP has to do, strictly in order, one request at a time.
 *
 *   queued ─► running ─┬─► done
 *     │                └─► waiting for the retry ─► running ─► done, or failed      (on and off only)
 *     └──────► cancelled ◄─┘
 *
 * - Tasks run in batches: the head of the queue with the tasks right behind it that have the same
 *   action and concern other boards. They share power commands and settling times; each has an
 *   outcome of its own.
 * - A power-on or power-off that fails is tried once more, as a whole, after its retry time. Nothing
 *   overtakes it.
 * - A power-off cancels power-ons of the same job that have not run yet or wait for their retry, and
 *   cuts short one that runs: its boards will be off anyway. Such a task is done, without failures.
 * - Self-tests come last, and are cut short by anything else.
 * - When there is nothing to do the BMP is watched (frame-watch.ts).
 * - After a server that was killed, the BMP is left in peace for as long as it may still be at work.
 * - When the server stops, what runs goes on, tests are cut short, and nothing else begins
 *   (exchange/ending.ts).
 */

import { andMoreBoards } from "../../domain/names.js";
import type { BoardFailure } from "../../engine/contract/ports.js";
import { Bmp, type BmpPace } from "../exchange/bmp.js";
import { asBmpError, type BmpError } from "../exchange/errors.js";
import { TRIES_OF_POWER_ORDER } from "../retry-limits.js";
import {
  allSilent,
  type FrameTask,
  type StepContext,
  type TaskFailures,
} from "../tasks/frame-task.js";
import { powerCheck } from "../tasks/power-check.js";
import { powerOff } from "../tasks/power-off.js";
import { powerOn } from "../tasks/power-on.js";
import { selfTest } from "../tasks/self-test.js";
import { InterruptibleWait, sleep } from "../times.js";
import { AddressLog } from "./address-log.js";
import { type Frame, nameOfBoard } from "./frame.js";
import type { FrameContext } from "./frame-context.js";
import { FrameWatch } from "./frame-watch.js";
import type { FrameWithBoards } from "./machine-frames.js";
import { Pace } from "./pace.js";
import { Silence } from "./silence.js";

const STEPS = { on: powerOn, off: powerOff, check: powerCheck, test: selfTest } as const;

export class FrameQueue {
  readonly #bmpAddress: string;
  readonly #context: FrameContext;
  readonly #silence: Silence;
  readonly #pace: Pace;
  readonly #addressLog: AddressLog;
  readonly #watch: FrameWatch;
  readonly #queued: FrameTask[] = [];
  /** Taken from the queue and not done yet. */
  readonly #underWay = new Set<FrameTask>();
  /** Those under way whose boards are to be powered off anyway, and tests that have to give way. */
  readonly #cancelled = new Set<FrameTask>();
  readonly #settling = new InterruptibleWait();
  readonly #retryWait = new InterruptibleWait();
  #running = false;
  /** performance.now() before which nothing is sent. */
  #quietUntilMs = 0;

  constructor(bmpAddress: string, context: FrameContext) {
    this.#bmpAddress = bmpAddress;
    this.#context = context;
    this.#silence = new Silence(context.log, context.onObservation);
    this.#pace = new Pace(context.log, context.times.slowMs);
    this.#addressLog = new AddressLog(context.log);
    // Whatever a killed server had under way, except for power orders, is over within a reply time.
    this.stayQuietAfterKill(context.replyMs());
    this.#watch = new FrameWatch(context, this.#silence, {
      isIdle: () => !this.#running && this.#queued.length === 0,
      runFirst: (look) => this.#start(() => context.ending.run(look)),
      withBmp: (frame, work) => this.#withBmp(frame, work),
      hasTasks: () => this.#queued.length > 0,
    });
  }

  get isIdle(): boolean {
    return !this.#running;
  }

  /** Watches the boards of that frame while there is nothing to do. @param healthMs 0: never */
  watch(frame: FrameWithBoards, healthMs: number): void {
    this.#watch.watch(frame, healthMs);
  }

  /** If the last server was killed: sends nothing until it has been dead for so long. */
  stayQuietAfterKill(ms: number): void {
    const { startedAfterKillMs } = this.#context;
    if (startedAfterKillMs !== null)
      this.#quietUntilMs = Math.max(this.#quietUntilMs, startedAfterKillMs + ms);
  }

  unwatch(): void {
    this.#watch.unwatch();
  }

  /** The server stops: a test that runs is cut short. */
  serverEnds(): void {
    this.unwatch();
    this.#cancelTests();
  }

  add(task: FrameTask): void {
    if (task.action === "off") this.#cancelPowerOns(task.jobId);
    if (task.action === "test") this.#queued.push(task);
    else {
      const firstTest = this.#queued.findIndex(({ action }) => action === "test");
      this.#queued.splice(firstTest < 0 ? this.#queued.length : firstTest, 0, task);
      this.#cancelTests();
    }
    this.#watch.giveWay();
    if (task.resumed) this.stayQuietAfterKill(task.times.powerOnMs);
    if (!this.#running) this.#start(() => nextTurn());
  }

  /** @param first goes before the queue; waiting for the next turn, it lets tasks of this one share */
  #start(first: () => Promise<void>): void {
    this.#running = true;
    void this.#run(first);
  }

  async #run(first: () => Promise<void>): Promise<void> {
    await this.#waitWhileQuiet();
    await first();
    for (;;) {
      await this.#waitWhileQuiet();
      const batch = this.#takeBatch();
      if (batch.length === 0) break;
      await this.#carryOut(batch);
    }
    this.#running = false;
    this.#watch.idle();
  }

  async #waitWhileQuiet(): Promise<void> {
    for (;;) {
      const leftMs = this.#quietUntilMs - performance.now();
      if (leftMs <= 0) return;
      await sleep(leftMs);
    }
  }

  #takeBatch(): FrameTask[] {
    const batch: FrameTask[] = [];
    const boards = new Set<number>();
    for (const task of this.#queued) {
      if (task.action !== this.#queued[0]!.action) break;
      if (task.boards.some(({ number }) => boards.has(number))) break;
      for (const { number } of task.boards) boards.add(number);
      batch.push(task);
    }
    this.#queued.splice(0, batch.length);
    for (const task of batch) this.#underWay.add(task);
    return batch;
  }

  async #carryOut(batch: readonly FrameTask[]): Promise<void> {
    const { action } = batch[0]!;
    const isPowerOrder = action === "on" || action === "off";
    const tries = isPowerOrder ? TRIES_OF_POWER_ORDER : 1;
    let failed = await this.#attempt(batch);
    for (let tried = 1; tried < tries && failed.size > 0; tried++) {
      await this.#waitForRetry(failed);
      failed = await this.#attempt([...failed.keys()].filter((task) => !this.#isCancelled(task)));
    }
    for (const [task, failures] of failed) {
      if (isPowerOrder) {
        const { fields, message } = this.#failureReport(task, failures);
        const fate = failures.length === 1 ? "the board goes" : "these boards go";
        this.#context.log.error(fields, `${message}; not trying again: ${fate} into quarantine`);
      }
      this.#finish(task, failures);
    }
  }

  async #waitForRetry(failed: TaskFailures): Promise<void> {
    const retryMs = Math.max(...[...failed.keys()].map(({ times }) => times.retryMs));
    for (const [task, failures] of failed) {
      const { fields, message } = this.#failureReport(task, failures);
      this.#context.log.warn(fields, `${message}; trying again in ${retryMs / 1000} s`);
    }
    await this.#retryWait.wait(retryMs);
  }

  /** Tries tasks once, as a whole. Those that are not in the result are done. */
  async #attempt(tasks: readonly FrameTask[]): Promise<TaskFailures> {
    if (tasks.length === 0) return new Map();
    const { action, frame } = tasks[0]!;
    const begun = new Date();
    let failures: TaskFailures;
    try {
      failures = await this.#context.ending.run(() =>
        this.#withBmp(frame, (bmp) => STEPS[action](this.#stepContext(bmp), tasks)),
      );
      this.#silence.noteAnswer(frame);
    } catch (error) {
      const { message }: BmpError = asBmpError(error);
      this.#silence.noteSilence(frame, begun, message);
      const unfinished = tasks.filter((task) => this.#underWay.has(task));
      failures = allSilent(unfinished, message);
    }
    for (const task of this.#cancelled) {
      const left = failures.get(task) ?? [];
      failures.delete(task);
      this.#finish(task, task.action === "test" ? left.filter(mayBeOn) : []);
    }
    return failures;
  }

  #stepContext(bmp: Bmp): StepContext {
    return {
      bmp,
      log: this.#context.log,
      settle: async (ms) => {
        if (!this.#allCancelled()) await this.#settling.wait(ms);
      },
      isCancelled: (task) => this.#isCancelled(task),
      succeeded: (task) => this.#finish(task, []),
    };
  }

  async #withBmp<Result>(frame: Frame, work: (bmp: Bmp) => Promise<Result>): Promise<Result> {
    const { addresses, connections, times } = this.#context;
    const address = await addresses.resolve(this.#bmpAddress);
    this.#addressLog.report(frame, address);
    return connections.run(address, (connection) =>
      work(new Bmp(connection, times, this.#paceFor(frame))),
    );
  }

  #paceFor(frame: Frame): BmpPace {
    const { replyMs } = this.#context;
    return {
      patienceMs: () => this.#pace.patienceMs(replyMs()),
      note: (tookMs) => this.#pace.note(frame, tookMs, replyMs()),
    };
  }

  #cancelPowerOns(jobId: number | null): void {
    if (jobId === null) return;
    const superseded = (task: FrameTask) => task.action === "on" && task.jobId === jobId;
    for (const task of this.#queued.filter(superseded)) {
      this.#queued.splice(this.#queued.indexOf(task), 1);
      task.done([], false);
    }
    for (const task of this.#underWay) {
      if (!superseded(task)) continue;
      if (this.#retryWait.isWaiting) this.#finish(task, []);
      else this.#cancelled.add(task);
    }
    if (this.#allCancelled()) {
      this.#retryWait.interrupt();
      this.#settling.interrupt();
    }
  }

  #cancelTests(): void {
    for (const task of this.#underWay) if (task.action === "test") this.#cancelled.add(task);
    if (this.#allCancelled()) this.#settling.interrupt();
  }

  #allCancelled(): boolean {
    return [...this.#underWay].every((task) => this.#cancelled.has(task));
  }

  #isCancelled(task: FrameTask): boolean {
    return !this.#underWay.has(task) || this.#cancelled.has(task);
  }

  #finish(task: FrameTask, failures: readonly BoardFailure[]): void {
    const preempted = task.action === "test" && this.#cancelled.has(task);
    this.#underWay.delete(task);
    this.#cancelled.delete(task);
    this.#watch.finished(task, failures);
    task.done(failures, preempted);
  }

  /** One line however many boards: when a whole frame fails it is for one reason. */
  #failureReport({ frame, jobId, action, boards }: FrameTask, failures: readonly BoardFailure[]) {
    const reasons = failures.map(({ reason }) => reason);
    const first = boards.find(({ index }) => index === failures[0]?.board) ?? boards[0]!;
    const job = jobId === null ? "" : `job ${jobId}: `;
    return {
      fields: { bmp: this.#bmpAddress, jobId, reasons },
      message:
        `${job}power-${action} of ${nameOfBoard(frame, first)}${andMoreBoards(failures.length - 1)} ` +
        `failed: ${reasons[0]}`,
    };
  }
}

/** Whether a failure of a test that was cut short still counts: its board may be on. */
function mayBeOn(failure: BoardFailure): boolean {
  return failure.mayBeOn === true || failure.bmpSilent === true;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
