/** What one frame has to do for one order. */
import type { Link } from "../../domain/links.js";
import type { Log } from "../../engine/contract/log.js";
import type { BmpTimes, BoardFailure, PowerAction } from "../../engine/contract/ports.js";
import type { Bmp } from "../exchange/bmp.js";
import type { Frame, FrameBoard } from "../frames/frame.js";
import type { FrameBoards } from "../frames/frame-boards.js";

/** A board that a task is about. */
export interface TaskBoard extends FrameBoard {
  /** Its index in the machine. */
  readonly index: number;
  /** Links that leave the allocation. */
  readonly periphery: readonly Link[];
  /** Dead links to other boards of the allocation. */
  readonly deadLinks: readonly Link[];
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
  /** Of a power-on that goes on after a pause: how far it came. */
  progress: PowerOnProgress | null;
  /**
   * Called once; failures empty when every board did as ordered, or the task was cancelled.
   * `preempted` when it is a test that was cut short.
   */
  readonly done: (failures: readonly BoardFailure[], preempted: boolean) => void;
}

/** How far a power-on came: boards that came up wrong were powered off, and are to be cycled again. */
interface PowerOnProgress {
  /** The number of the power cycle that comes next, from 1. */
  readonly cycle: number;
  readonly boards: readonly TaskBoard[];
  /** What was wrong with each of them. */
  readonly reasons: ReadonlyMap<TaskBoard, string>;
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
  readonly boards: FrameBoards;
  /** Powers on boards; each has been off for the pause then. Throws BmpError. */
  powerOn(boards: readonly number[], timeoutMs: number): Promise<void>;
  /** Powers off boards. Throws BmpError. */
  powerOff(boards: readonly number[]): Promise<void>;
  /** For how long these boards still have to stay off before they may be powered on; 0 or more. */
  pauseLeftMs(boards: readonly number[]): number;
  /** Waits for boards to settle; shorter when all tasks are cancelled. */
  settle(ms: number): Promise<void>;
  /** True once the boards are to be powered off anyway, or a test has to give way. */
  isCancelled(task: FrameTask): boolean;
  /** The task is done, without failures. */
  succeeded(task: FrameTask): void;
  /** The task goes on, as its progress says, once its boards have been off for the pause. */
  goesOnLater(task: FrameTask): void;
}
