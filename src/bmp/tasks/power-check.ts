/**
 * Looks whether boards are up and their periphery is cut, and changes nothing. A board whose
 * periphery is open was reset behind the server's back: power-on opens all links.
 */
import type { BoardFailure } from "../../engine/contract/ports.js";
import type { Bmp } from "../exchange/bmp.js";
import { LINK_NAMES } from "../wire/fpga.js";
import { blameBoard, checkBoard } from "./board-check.js";
import type { FrameTask } from "./frame-task.js";
import {
  boardFailure,
  type FrameBoard,
  type StepContext,
  type TaskFailures,
} from "./frame-task.js";

/** Throws BmpError when the BMP is silent; all tasks not done by then have failed. */
export async function powerCheck(
  context: StepContext,
  tasks: readonly FrameTask[],
): Promise<TaskFailures> {
  const failures: TaskFailures = new Map();
  for (const task of tasks) {
    const failed: BoardFailure[] = [];
    for (const board of task.boards) {
      const problem = await problemOf(context.bmp, board);
      if (problem !== null) failed.push(boardFailure(task, board, context.host, problem));
    }
    if (failed.length > 0) failures.set(task, failed);
    else context.succeeded(task);
  }
  return failures;
}

async function problemOf(bmp: Bmp, { number, periphery }: FrameBoard): Promise<string | null> {
  const check = await checkBoard(bmp, number);
  if (!check.up) return check.reason;
  if (!check.hasLinkControl) return null;
  for (const link of periphery) {
    try {
      if (!(await bmp.isLinkStopped(number, link))) {
        return `it was reset: its link ${LINK_NAMES[link]} is open`;
      }
    } catch (error) {
      return `link ${LINK_NAMES[link]}: ${await blameBoard(bmp, error)}`;
    }
  }
  return null;
}
