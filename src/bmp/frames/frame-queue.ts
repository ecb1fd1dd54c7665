/**
 * All that one BMP has to do, strictly in order, one request at a time.
 *
 *   queued ─► running ─┬─► done
 *     │                └─► waiting for the retry ─► running ─► done, or failed      (on and off only)
 *     └───────► dropped ◄──┘
 *
 * - Tasks run in batches: the head of the queue with the neighbours behind it that go the same way
 *   and concern other boards. They share power commands and settling times; each has an outcome of
 *   its own.
 * - A power-on or power-off that fails is tried once more, as a whole, after its retry time. Nothing
 *   overtakes it.
 * - A power-off drops power-ons of the same job that have not run yet or wait for their retry, and
 *   cuts short one that runs: its boards will be off anyway. Such a task is done, without failures.
 * - Tests of boards that nobody holds come last, and are cut short by anything else.
 * - When there is nothing to do the BMP is watched (frame-watch.ts).
 * - After a server that was killed, the BMP is left alone for as long as it may still be at work.
 */
import { type BoardFailure, NO_JOB } from "../../engine/contract/ports.js";
import { Bmp } from "../exchange/bmp.js";
import { BmpConnection } from "../exchange/connection.js";
import { asBmpError, type BmpError } from "../exchange/errors.js";
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
import { Pause, sleep } from "../times.js";
import type { FrameContext } from "./frame-context.js";
import { FrameWatch } from "./frame-watch.js";
import type { Frame } from "./machine-frames.js";
import { SilenceWatch } from "./silence.js";

const STEPS = { on: powerOn, off: powerOff, check: powerCheck, test: selfTest } as const;

export class FrameQueue {
  readonly #host: string;
  readonly #context: FrameContext;
  readonly #silence: SilenceWatch;
  readonly #watch: FrameWatch;
  readonly #queued: FrameTask[] = [];
  /** Taken from the queue and not done yet. */
  readonly #underWay = new Set<FrameTask>();
  readonly #unwanted = new Set<FrameTask>();
  readonly #settling = new Pause();
  readonly #retryWait = new Pause();
  #running = false;
  /** performance.now() before which nothing is sent. */
  #quietUntil = 0;

  constructor(host: string, context: FrameContext) {
    this.#host = host;
    this.#context = context;
    this.#silence = new SilenceWatch(host, context.log, context.onObservation);
    // What a killed server had under way besides power orders is over in the time of a reply.
    this.leaveAlone(context.times.replyMs);
    this.#watch = new FrameWatch(host, context, this.#silence, {
      isIdle: () => !this.#running && this.#queued.length === 0,
      begin: (look) => this.#start(look),
      withBmp: (work) => this.#withBmp(work),
      hasOther: () => this.#queued.length > 0,
    });
  }

  get isIdle(): boolean {
    return !this.#running;
  }

  /** Watches the boards of that frame while there is nothing to do; `healthMs` 0: not. */
  watch(frame: Frame, healthMs: number): void {
    this.#watch.watch(frame, healthMs);
  }

  /** Sends nothing before a server that was killed has been dead for so long; else at once. */
  leaveAlone(ms: number): void {
    const { killedBefore } = this.#context;
    if (killedBefore !== null) this.#quietUntil = Math.max(this.#quietUntil, killedBefore + ms);
  }

  unwatch(): void {
    this.#watch.unwatch();
  }

  add(task: FrameTask): void {
    if (task.action === "off") this.#dropPowerOns(task.jobId);
    if (task.action === "test") this.#queued.push(task);
    else {
      const firstTest = this.#queued.findIndex(({ action }) => action === "test");
      this.#queued.splice(firstTest < 0 ? this.#queued.length : firstTest, 0, task);
      this.#cutTestsShort();
    }
    if (task.resumed) this.leaveAlone(task.times.powerOnMs);
    if (!this.#running) this.#start(() => nextTurn());
  }

  /** @param first before the queue; after all tasks that come in this turn, so that they share */
  #start(first: () => Promise<void>): void {
    this.#running = true;
    void this.#run(first);
  }

  async #run(first: () => Promise<void>): Promise<void> {
    await this.#keepQuiet();
    await first();
    for (;;) {
      await this.#keepQuiet();
      const batch = this.#takeBatch();
      if (batch.length === 0) break;
      await this.#carryOut(batch);
    }
    this.#running = false;
    this.#watch.idle();
  }

  async #keepQuiet(): Promise<void> {
    for (;;) {
      const leftMs = this.#quietUntil - performance.now();
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
    const first = await this.#attempt(batch);
    const { action } = batch[0]!;
    if (action === "check" || action === "test") {
      for (const [task, failures] of first) this.#finish(task, failures);
      return;
    }
    const again = [...first.keys()];
    if (again.length === 0) return;
    const retryMs = Math.max(...again.map(({ times }) => times.retryMs));
    for (const [task, failures] of first) {
      const { fields, message } = this.#failureReport(task, failures);
      this.#context.log.warn(fields, `${message}; tried again in ${retryMs / 1000} s`);
    }
    await this.#retryWait.wait(retryMs);
    const wanted = again.filter((task) => this.#isWanted(task));
    for (const [task, failures] of await this.#attempt(wanted)) {
      const { fields, message } = this.#failureReport(task, failures);
      this.#context.log.error(fields, `${message}; given up`);
      this.#finish(task, failures);
    }
  }

  /** Tries tasks once, as a whole. Those that are not in the result are done. */
  async #attempt(tasks: readonly FrameTask[]): Promise<TaskFailures> {
    if (tasks.length === 0) return new Map();
    const { action, frameName } = tasks[0]!;
    const begun = new Date();
    let failures: TaskFailures;
    try {
      failures = await this.#withBmp((bmp) => STEPS[action](this.#stepContext(bmp), tasks));
      this.#silence.answered(frameName);
    } catch (error) {
      const { message }: BmpError = asBmpError(error);
      this.#silence.silent(frameName, begun, message);
      const unfinished = tasks.filter((task) => this.#underWay.has(task));
      failures = allSilent(unfinished, this.#host, message);
    }
    for (const task of this.#unwanted) {
      const left = failures.get(task) ?? [];
      failures.delete(task);
      this.#finish(task, task.action === "test" ? left.filter(mayBeOn) : []);
    }
    return failures;
  }

  #stepContext(bmp: Bmp): StepContext {
    return {
      bmp,
      host: this.#host,
      log: this.#context.log,
      settle: async (ms) => {
        if (this.#someWanted()) await this.#settling.wait(ms);
      },
      isWanted: (task) => this.#isWanted(task),
      succeeded: (task) => this.#finish(task, []),
    };
  }

  async #withBmp<Result>(work: (bmp: Bmp) => Promise<Result>): Promise<Result> {
    const { addresses, addressLock, port, times } = this.#context;
    const address = await addresses.find(this.#host);
    return addressLock.run(address, async () => {
      const connection = await BmpConnection.open(address, port);
      try {
        return await work(new Bmp(connection, times));
      } finally {
        connection.close();
      }
    });
  }

  #dropPowerOns(jobId: number): void {
    if (jobId === NO_JOB) return;
    const superseded = (task: FrameTask) => task.action === "on" && task.jobId === jobId;
    for (const task of this.#queued.filter(superseded)) {
      this.#queued.splice(this.#queued.indexOf(task), 1);
      task.done([], false);
    }
    for (const task of this.#underWay) {
      if (!superseded(task)) continue;
      if (this.#retryWait.isOn) this.#finish(task, []);
      else this.#unwanted.add(task);
    }
    if (!this.#someWanted()) {
      this.#retryWait.end();
      this.#settling.end();
    }
  }

  #cutTestsShort(): void {
    for (const task of this.#underWay) if (task.action === "test") this.#unwanted.add(task);
    if (!this.#someWanted()) this.#settling.end();
  }

  #someWanted(): boolean {
    return [...this.#underWay].some((task) => !this.#unwanted.has(task));
  }

  #isWanted(task: FrameTask): boolean {
    return this.#underWay.has(task) && !this.#unwanted.has(task);
  }

  #finish(task: FrameTask, failures: readonly BoardFailure[]): void {
    const preempted = task.action === "test" && this.#unwanted.has(task);
    this.#underWay.delete(task);
    this.#unwanted.delete(task);
    this.#watch.finished(task, failures);
    task.done(failures, preempted);
  }

  /** One line however many boards: a whole frame that fails has one reason. */
  #failureReport(task: FrameTask, failures: readonly BoardFailure[]) {
    const reasons = failures.map(({ reason }) => reason);
    const more = reasons.length > 1 ? ` (and ${reasons.length - 1} more of the job's boards)` : "";
    return {
      fields: { bmp: this.#host, jobId: task.jobId, reasons },
      message: `job ${task.jobId}, power ${task.action}: ${reasons[0]}${more}`,
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
