/** What the log says of tasks that failed. */
import { andMoreBoards } from "../../domain/names.js";
import type { Log } from "../../engine/contract/log.js";
import type { BoardFailure } from "../../engine/contract/ports.js";
import { nameOfBoard } from "../frames/frame.js";
import type { FrameTask, TaskFailures } from "./frame-task.js";

interface FailureReport {
  readonly fields: object;
  readonly message: string;
}

export function logRetry(log: Log, failed: TaskFailures, retryMs: number): void {
  for (const [task, failures] of failed) {
    const { fields, message } = failureReport(task, failures);
    log.warn(fields, `${message}; trying again in ${retryMs / 1000} s`);
  }
}

export function logGivenUp(log: Log, task: FrameTask, failures: readonly BoardFailure[]): void {
  const { fields, message } = failureReport(task, failures);
  const fate = failures.length === 1 ? "the board goes" : "these boards go";
  log.error(fields, `${message}; not trying again: ${fate} into quarantine`);
}

/** One line however many boards: when a whole frame fails it is for one reason. */
function failureReport(
  { frame, jobId, action, boards }: FrameTask,
  failures: readonly BoardFailure[],
): FailureReport {
  const reasons = failures.map(({ reason }) => reason);
  const first = boards.find(({ index }) => index === failures[0]?.board) ?? boards[0]!;
  const job = jobId === null ? "" : `job ${jobId}: `;
  return {
    fields: { bmp: frame.bmpAddress, jobId, reasons },
    message:
      `${job}power-${action} of ${nameOfBoard(frame, first)}${andMoreBoards(failures.length - 1)} ` +
      `failed: ${reasons[0]}`,
  };
}
