/** What one frame has to do for one order. */
import type { Link } from "../../domain/links.js";
import type { Log } from "../../engine/contract/log.js";
import type { BmpTimes, BoardFailure, PowerAction } from "../../engine/contract/ports.js";
import type { Bmp } from "../exchange/bmp.js";
import type { Frame, FrameBoard } from "../frames/frame.js";

/** A board that a task is about. */
export interface TaskBoard extends FrameBoard {
  /** Its index in the machine. */
  readonly index: number;
  /** Links that leave the allocation. */
  readonly periphery: readonly Link[];
}

export interface FrameTask {
  readonly orderId: number;
  /** Null for what the server does for itself. */
  readonly jobId: number | null;
  readonly action: PowerAction;
  readonly frame: Frame;
  readonly boards: readonly TaskBoard[];
  readonly times: BmpTimes;
  /** Whether the BMP may still be busy with it for a server that was killed. */
  readonly resumed: boolean;
  /**
   * Called once; failures empty when every board did as ordered, or the task was cancelled.
   * `preempted` when it is a test that was cut short.
   */
  readonly done: (failures: readonly BoardFailure[], preempted: boolean) => void;
}

/** Why boards of tasks did not do as ordered. A task that is not in it has no failure. */
export type TaskFailures = Map<FrameTask, BoardFailure[]>;

/** All boards of a task failed, for the same reason. */
export function allFailed(task: FrameTask, reason: string): BoardFailure[] {
  return task.boards.map(({ index }) => ({ board: index, reason }));
}

/** All boards of all those tasks failed because their BMP does not answer. */
export function allSilent(tasks: Iterable<FrameTask>, reason: string): TaskFailures {
  const failures: TaskFailures = new Map();
  for (const task of tasks) {
    const failed = allFailed(task, `its BMP does not answer: ${reason}`);
    failures.set(
      task,
      failed.map((failure) => ({ ...failure, bmpSilent: true })),
    );
  }
  return failures;
}

/** Board numbers of all those boards, ascending. */
export function boardNumbers(boards: Iterable<FrameBoard>): number[] {
  return [...boards].map(({ number }) => number).sort((a, b) => a - b);
}

/** What the steps of an order need of the queue that runs them. */
export interface StepContext {
  readonly bmp: Bmp;
  readonly log: Log;
  /** Waits for boards to settle; shorter when all tasks are cancelled. */
  settle(ms: number): Promise<void>;
  /** True once the boards are to be powered off anyway, or a test has to give way. */
  isCancelled(task: FrameTask): boolean;
  /** The task is done, without failures. */
  succeeded(task: FrameTask): void;
}
