/** What one frame has to do for one order. */
import type { BoardFailure, PowerDirection } from "../engine/ports.js";
import type { Link } from "../geometry/index.js";
import type { OrderTimes } from "./times.js";

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
  readonly jobId: number;
  readonly direction: PowerDirection;
  /** For a person: machine, cabinet and frame. */
  readonly frameName: string;
  readonly boards: readonly FrameBoard[];
  readonly times: OrderTimes;
  /** Called once; failures empty when every board did as ordered, or nobody wants it any more. */
  readonly done: (failures: readonly BoardFailure[]) => void;
}

/** Why boards of tasks did not do as ordered. A task that is not in it has no failure. */
export type TaskFailures = Map<FrameTask, BoardFailure[]>;

/** "machine m, cabinet 0, frame 1 (192.168.1.0), board 3: it is on fire". */
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

/** All boards of all those tasks failed, for the same reason. */
export function allFailed(tasks: Iterable<FrameTask>, host: string, reason: string): TaskFailures {
  return new Map(
    [...tasks].map((task) => [
      task,
      task.boards.map((board) => boardFailure(task, board, host, reason)),
    ]),
  );
}

/** Board numbers of all those tasks, ascending. */
export function boardNumbers(boards: Iterable<FrameBoard>): number[] {
  return [...boards].map(({ number }) => number).sort((a, b) => a - b);
}
