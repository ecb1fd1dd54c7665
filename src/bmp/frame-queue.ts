/**
 * All that one BMP has to do, strictly in order, one request at a time.
 *
 *   queued ─► running ─┬─► done
 *     │                └─► waiting for the retry ─► running ─► done, or failed
 *     └───────► dropped ◄──┘
 *
 * - Tasks run in batches: the head of the queue with the neighbours behind it that go the same way
 *   and concern other boards. They share power commands and settling times; each has an outcome of
 *   its own.
 * - A task that fails is tried once more, as a whole, after its retry time. Nothing overtakes it.
 * - A power-off drops power-ons of the same job that have not run yet or wait for their retry, and
 *   cuts short one that runs: its boards will be off anyway. Such a task is done, without failures.
 */
import type { Log } from "../engine/log.js";
import type { BoardFailure } from "../engine/ports.js";
import type { AddressBook } from "./address.js";
import { Bmp } from "./bmp.js";
import { BmpConnection } from "./connection.js";
import { asBmpError, type BmpError } from "./errors.js";
import { allFailed, type FrameTask, type TaskFailures } from "./frame-task.js";
import type { Lanes } from "./lanes.js";
import { powerOff } from "./power-off.js";
import { powerOn } from "./power-on.js";
import { SilenceWatch } from "./silence.js";
import type { ExchangeTimes } from "./times.js";

/** What the queues of all frames share. */
export interface FrameQueueContext {
  readonly port: number;
  readonly times: ExchangeTimes;
  readonly addresses: AddressBook;
  readonly lanes: Lanes;
  readonly log: Log;
}

export class FrameQueue {
  readonly #host: string;
  readonly #context: FrameQueueContext;
  readonly #silence: SilenceWatch;
  readonly #queued: FrameTask[] = [];
  /** Taken from the queue and not done yet. */
  readonly #underWay = new Set<FrameTask>();
  readonly #unwanted = new Set<FrameTask>();
  #running = false;
  #endRetryWait: (() => void) | null = null;

  constructor(host: string, context: FrameQueueContext) {
    this.#host = host;
    this.#context = context;
    this.#silence = new SilenceWatch(host, context.log);
  }

  get isIdle(): boolean {
    return !this.#running;
  }

  add(task: FrameTask): void {
    if (task.direction === "off") this.#dropPowerOns(task.jobId);
    this.#queued.push(task);
    if (this.#running) return;
    this.#running = true;
    // After all tasks that come in this turn, so that they share their power command.
    setImmediate(() => this.#run());
  }

  async #run(): Promise<void> {
    for (let batch = this.#takeBatch(); batch.length > 0; batch = this.#takeBatch()) {
      await this.#carryOut(batch);
    }
    this.#running = false;
  }

  #takeBatch(): FrameTask[] {
    const batch: FrameTask[] = [];
    const boards = new Set<number>();
    for (const task of this.#queued) {
      if (task.direction !== this.#queued[0]!.direction) break;
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
    const again = [...first.keys()];
    if (again.length === 0) return;
    const retryMs = Math.max(...again.map(({ times }) => times.retryMs));
    for (const [task, failures] of first) {
      const { fields, message } = this.#failureReport(task, failures);
      this.#context.log.warn(fields, `${message}; tried again in ${retryMs / 1000} s`);
    }
    await this.#waitForRetry(retryMs);
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
    const { direction, frameName } = tasks[0]!;
    const begun = new Date();
    let failures: TaskFailures;
    try {
      failures = await this.#withBmp((bmp) => {
        const context = {
          bmp,
          host: this.#host,
          log: this.#context.log,
          isWanted: (task: FrameTask) => this.#isWanted(task),
          succeeded: (task: FrameTask) => this.#finish(task, []),
        };
        return direction === "on" ? powerOn(context, tasks) : powerOff(context, tasks);
      });
      this.#silence.answered(frameName);
    } catch (error) {
      const { message }: BmpError = asBmpError(error);
      this.#silence.silent(frameName, begun, message);
      const unfinished = tasks.filter((task) => this.#underWay.has(task));
      failures = allFailed(unfinished, this.#host, `the BMP does not answer: ${message}`);
    }
    for (const task of this.#unwanted) {
      failures.delete(task);
      this.#finish(task, []);
    }
    return failures;
  }

  async #withBmp<Result>(work: (bmp: Bmp) => Promise<Result>): Promise<Result> {
    const { addresses, lanes, port, times } = this.#context;
    const address = await addresses.find(this.#host);
    return lanes.use(address, async () => {
      const connection = await BmpConnection.open(address, port);
      try {
        return await work(new Bmp(connection, times));
      } finally {
        connection.close();
      }
    });
  }

  async #waitForRetry(retryMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, retryMs);
      this.#endRetryWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endRetryWait = null;
  }

  #dropPowerOns(jobId: number): void {
    const superseded = (task: FrameTask) => task.direction === "on" && task.jobId === jobId;
    for (const task of this.#queued.filter(superseded)) {
      this.#queued.splice(this.#queued.indexOf(task), 1);
      task.done([]);
    }
    for (const task of this.#underWay) {
      if (!superseded(task)) continue;
      if (this.#endRetryWait === null) this.#unwanted.add(task);
      else this.#finish(task, []);
    }
    if (this.#underWay.size === 0) this.#endRetryWait?.();
  }

  #isWanted(task: FrameTask): boolean {
    return this.#underWay.has(task) && !this.#unwanted.has(task);
  }

  #finish(task: FrameTask, failures: readonly BoardFailure[]): void {
    this.#underWay.delete(task);
    this.#unwanted.delete(task);
    task.done(failures);
  }

  /** One line however many boards: a whole frame that fails has one reason. */
  #failureReport(task: FrameTask, failures: readonly BoardFailure[]) {
    const reasons = failures.map(({ reason }) => reason);
    const more = reasons.length > 1 ? ` (and ${reasons.length - 1} more of the job's boards)` : "";
    return {
      fields: { bmp: this.#host, jobId: task.jobId, reasons },
      message: `job ${task.jobId}, power ${task.direction}: ${reasons[0]}${more}`,
    };
  }
}
