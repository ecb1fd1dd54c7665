/** What one frame has to do for one order. */
import type { Link } from "../../domain/links.js";
import type { Log } from "../../engine/contract/log.js";
import type { BmpTimes, BoardFailure, PowerAction } from "../../engine/contract/ports.js";
import type { Bmp } from "../exchange/bmp.js";

/** A board as its BMP knows it. */
export interface FrameBoard {
  /** Its place in the frame, 0 … 23. */
  readonly number: number;
  /** Dense index in its machine. */
  readonly index: number;
  /** Links that leave the allocation. */
  readonly periphery: readonly Link[];
}

export interface FrameTask {
  readonly orderId: number;
  /** NO_JOB for what the server does for itself. */
  readonly jobId: number;
  readonly action: PowerAction;
  /** For a person: machine, cabinet and frame. */
  readonly frameName: string;
  readonly boards: readonly FrameBoard[];
  readonly times: BmpTimes;
  /** Whether the BMP may still be at it for a server that was killed. */
  readonly resumed: boolean;
  /**
   * Called once; failures empty when every board did as ordered, or nobody wants it any more.
   * `preempted` when it is a test that was cut short.
   */
  readonly done: (failures: readonly BoardFailure[], preempted: boolean) => void;
}

/** Why boards of tasks did not do as ordered. A task that is not in it has no failure. */
export type TaskFailures = Map<FrameTask, BoardFailure[]>;

/** "machine m, cabinet 0, frame 1 (BMP 192.168.1.0), board 3: it is on fire". */
export function boardFailure(
  task: FrameTask,
  board: FrameBoard,
  host: string,
  reason: string,
): BoardFailure {
  return {
    board: board.index,
    reason: `${task.frameName} (BMP ${host}), board ${board.number}: ${reason}`,
  };
}

/** All boards of a task failed, for the same reason. */
export function allFailed(task: FrameTask, host: string, reason: string): BoardFailure[] {
  return task.boards.map((board) => boardFailure(task, board, host, reason));
}

/** All boards of all those tasks failed because their BMP does not answer. */
export function allSilent(tasks: Iterable<FrameTask>, host: string, reason: string): TaskFailures {
  const failures: TaskFailures = new Map();
  for (const task of tasks) {
    const failed = allFailed(task, host, `the BMP does not answer: ${reason}`);
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
  readonly host: string;
  readonly log: Log;
  /** Waits for boards to settle; shorter when nobody wants the result any more. */
  settle(ms: number): Promise<void>;
  /** False once the boards are to be powered off anyway, or a test has to give way. */
  isWanted(task: FrameTask): boolean;
  /** The task is done, without failures. */
  succeeded(task: FrameTask): void;
}
