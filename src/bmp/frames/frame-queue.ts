/**
 * All that one BMP has to do, strictly in order, one request at a time.
 *
 *   waiting ─┬─► running ─┬─► done, or failed
 *     ▲      │            ├─► waits for the pause, or for its retry ───┐        (on and off only)
 *     │      └─► cancelled ◄─┘                                           │
 *     └──────────────────────────────────────────────────────────────────┘
 *
 * - Tasks run in batches: the first that may run with the tasks right behind it that have the same
 *   action and concern other boards. They share power commands and settling times; each has an
 *   outcome of its own.
 * - Boards stay off for the pause before they are powered on, whatever they were powered off for. Tasks
 *   for other boards go on meanwhile (waiting-tasks.ts).
 * - A power-on or power-off that fails is tried once more, as a whole, after its retry time. Nothing
 *   overtakes it in that time.
 * - A power-off cancels power-ons of the same boards for the same job that have not run yet or wait for
 *   their retry, and cuts short one that runs: its boards will be off anyway. Such a task is done,
 *   without failures. One for boards that the job got instead goes on.
 * - Self-tests come last, and are cut short by anything else.
 * - When there is nothing to do the BMP is watched (frame-watch.ts).
 * - After a server that was killed, the BMP is left in peace for as long as it may still be at work.
 * - When the server stops, what runs goes on, tests are cut short, and nothing else begins
 *   (exchange/ending.ts).
 */

import type { BoardFailure } from "../../engine/contract/ports.js";
import type { Bmp } from "../exchange/bmp.js";
import { asBmpError, type BmpError } from "../exchange/errors.js";
import { TRIES_OF_POWER_ORDER } from "../retry-limits.js";
import { logGivenUp, logRetry } from "../tasks/failure-report.js";
import {
  allSilent,
  boardNumbers,
  type FrameTask,
  type StepContext,
  type TaskFailures,
} from "../tasks/frame-task.js";
import { powerCheck } from "../tasks/power-check.js";
import { powerOff } from "../tasks/power-off.js";
import { powerOn } from "../tasks/power-on.js";
import { selfTest } from "../tasks/self-test.js";
import { InterruptibleWait, nextTurn, sleep } from "../times.js";
import { BmpSession } from "./bmp-session.js";
import { FrameBoards } from "./frame-boards.js";
import type { FrameContext } from "./frame-context.js";
import { FrameWatch } from "./frame-watch.js";
import type { FrameWithBoards } from "./machine-frames.js";
import { PowerSwitch } from "./power-switch.js";
import { Silence } from "./silence.js";
import { WaitingTasks } from "./waiting-tasks.js";

const STEPS = { on: powerOn, off: powerOff, check: powerCheck, test: selfTest } as const;

export class FrameQueue {
  readonly #context: FrameContext;
  readonly #silence: Silence;
  readonly #session: BmpSession;
  readonly #watch: FrameWatch;
  readonly #boards = new FrameBoards(() => performance.now());
  readonly #switch: PowerSwitch;
  readonly #waiting = new WaitingTasks((task) => this.#notBeforeMs(task));
  /** Begun, and neither done nor waiting again. */
  readonly #underWay = new Set<FrameTask>();
  /** Those under way whose boards are to be powered off anyway, and tests that have to give way. */
  readonly #cancelled = new Set<FrameTask>();
  readonly #settling = new InterruptibleWait();
  readonly #retryWait = new InterruptibleWait();
  #running = false;
  /** How often a task was tried, as a whole, and failed. */
  readonly #failedTries = new WeakMap<FrameTask, number>();
  /** Until a task may begin that has to wait for the pause. */
  #pauseTimer: NodeJS.Timeout | null = null;
  /** performance.now() before which nothing is sent. */
  #quietUntilMs = 0;

  constructor(bmpAddress: string, context: FrameContext) {
    this.#context = context;
    this.#silence = new Silence(context.log, context.onObservation);
    this.#session = new BmpSession(bmpAddress, context);
    // Whatever a killed server had under way, except for power orders, is over within a reply time.
    this.stayQuietAfterKill(context.replyMs());
    this.#switch = new PowerSwitch(this.#boards, () => context.currentTimes().pauseMs);
    this.#watch = new FrameWatch(context, this.#silence, this.#boards, {
      isIdle: () => !this.#running && !this.#waiting.hasReady,
      runFirst: (look) => this.#start(() => context.ending.run(look)),
      withBmp: (frame, work) => this.#session.run(frame, work, () => !this.#waiting.hasReady),
      hasTasks: () => this.#waiting.hasReady,
    });
  }

  get isIdle(): boolean {
    return !this.#running && this.#waiting.isEmpty;
  }

  /** The pause may be another from now on. */
  timesChanged(): void {
    if (!this.#running) this.#awaitPause();
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
    if (task.action === "off") this.#cancelPowerOns(task);
    this.#waiting.add(task);
    if (task.action !== "test") this.#cancelTests();
    if (task.resumed && task.action === "on") {
      // The last server may have powered them off, for the job or in a power cycle, just before its end.
      this.#boards.mayHaveGoneOff(boardNumbers(task.boards), this.#context.startedMs);
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
      const batch = this.#waiting.takeBatch();
      for (const task of batch) this.#underWay.add(task);
      if (batch.length === 0) break;
      await this.#carryOut(batch);
    }
    this.#running = false;
    this.#awaitPause();
    this.#watch.idle();
  }

  /** Runs again once a task may begin that waits for the pause. */
  #awaitPause(): void {
    if (this.#pauseTimer !== null) clearTimeout(this.#pauseTimer);
    this.#pauseTimer = null;
    const { readyAtMs } = this.#waiting;
    if (readyAtMs === null) return;
    this.#pauseTimer = setTimeout(
      () => {
        this.#pauseTimer = null;
        if (!this.#running) this.#start(() => nextTurn());
      },
      Math.max(0, readyAtMs - performance.now()),
    );
  }

  /** performance.now() before which a task may not begin: its boards stay off for the pause. */
  #notBeforeMs({ action, boards, progress }: FrameTask): number {
    if (action !== "on" && action !== "test") return Number.NEGATIVE_INFINITY;
    return this.#switch.pauseOverMs(boardNumbers(progress?.boards ?? boards));
  }

  async #waitWhileQuiet(): Promise<void> {
    for (;;) {
      const leftMs = this.#quietUntilMs - performance.now();
      if (leftMs <= 0) return;
      await sleep(leftMs);
    }
  }

  async #carryOut(batch: readonly FrameTask[]): Promise<void> {
    const again: TaskFailures = new Map();
    for (const [task, failures] of await this.#attempt(batch)) {
      const failedTries = (this.#failedTries.get(task) ?? 0) + 1;
      this.#failedTries.set(task, failedTries);
      const isPowerOrder = task.action === "on" || task.action === "off";
      if (isPowerOrder && failedTries < TRIES_OF_POWER_ORDER) again.set(task, failures);
      else {
        if (isPowerOrder) logGivenUp(this.#context.log, task, failures);
        this.#finish(task, failures);
      }
    }
    if (again.size > 0) await this.#tryAgain(again);
  }

  async #tryAgain(failed: TaskFailures): Promise<void> {
    const retryMs = Math.max(...[...failed.keys()].map(({ times }) => times.retryMs));
    logRetry(this.#context.log, failed, retryMs);
    await this.#retryWait.wait(retryMs);
    // Those that were cancelled meanwhile are not under way any more.
    const tasks = [...failed.keys()].filter((task) => this.#underWay.delete(task));
    for (const task of tasks) task.progress = null;
    this.#waiting.putBack(tasks);
  }

  /** Tries tasks once, as a whole. Those that are not in the result are done. */
  async #attempt(tasks: readonly FrameTask[]): Promise<TaskFailures> {
    const { action, frame } = tasks[0]!;
    const begun = new Date();
    let failures: TaskFailures;
    try {
      failures = await this.#context.ending.run(() =>
        this.#session.run(frame, (bmp) => STEPS[action](this.#stepContext(bmp), tasks)),
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
      boards: this.#boards,
      powerOn: (boards, timeoutMs) => this.#switch.on(bmp, boards, timeoutMs),
      powerOff: (boards) => this.#switch.off(bmp, boards),
      pauseLeftMs: (boards) => this.#switch.pauseLeftMs(boards),
      settle: async (ms) => {
        if (!this.#allCancelled()) await this.#settling.wait(ms);
      },
      isCancelled: (task) => this.#isCancelled(task),
      succeeded: (task) => this.#finish(task, []),
      goesOnLater: (task) => {
        if (this.#isCancelled(task)) return;
        this.#underWay.delete(task);
        this.#waiting.putBack([task]);
      },
    };
  }

  #cancelPowerOns({ jobId, boards }: FrameTask): void {
    if (jobId === null) return;
    const goOff = new Set(boardNumbers(boards));
    const superseded = (task: FrameTask) =>
      task.action === "on" &&
      task.jobId === jobId &&
      task.boards.some(({ number }) => goOff.has(number));
    for (const task of this.#waiting.remove(superseded)) task.done([], false);
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
    this.#boards.finished(task, failures);
    task.done(failures, preempted);
  }
}

/** Whether a failure of a test that was cut short still counts: its board may be on. */
function mayBeOn(failure: BoardFailure): boolean {
  return failure.mayBeOn === true || failure.bmpSilent === true;
}
