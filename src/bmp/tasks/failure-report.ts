/** What the log says of a task that failed. */
import { andMoreBoards } from "../../domain/names.js";
import type { BoardFailure } from "../../engine/contract/ports.js";
import { nameOfBoard } from "../frames/frame.js";
import type { FrameTask } from "./frame-task.js";

interface FailureReport {
  readonly fields: object;
  readonly message: string;
}

/** One line however many boards: when a whole frame fails it is for one reason. */
export function failureReport(
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
