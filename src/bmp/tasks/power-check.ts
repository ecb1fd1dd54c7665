/**
 * Checks whether boards are up and their periphery is stopped, and changes nothing. A board whose
 * periphery is open was reset behind the server's back: power-on opens all links.
 */

import { LINK_NAMES } from "../../domain/names.js";
import type { BoardFailure } from "../../engine/contract/ports.js";
import type { Bmp } from "../exchange/bmp.js";
import { boardProblem, checkBoard } from "./board-check.js";
import type { FrameTask, StepContext, TaskBoard, TaskFailures } from "./frame-task.js";

/** Throws BmpError when the BMP is silent; all tasks not done by then have failed. */
export async function powerCheck(
  context: StepContext,
  tasks: readonly FrameTask[],
): Promise<TaskFailures> {
  const failures: TaskFailures = new Map();
  for (const task of tasks) {
    const failed: BoardFailure[] = [];
    for (const board of task.boards) {
      const reason = await problemOf(context.bmp, board);
      if (reason !== null) failed.push({ board: board.index, reason });
    }
    if (failed.length > 0) failures.set(task, failed);
    else context.succeeded(task);
  }
  return failures;
}

async function problemOf(bmp: Bmp, { number, periphery }: TaskBoard): Promise<string | null> {
  const check = await checkBoard(bmp, number);
  if (!check.up) return check.reason;
  if (!check.hasLinkControl) return null;
  for (const link of periphery) {
    try {
      if (!(await bmp.isLinkStopped(number, link))) {
        return `it was reset, not by this server: its ${LINK_NAMES[link]} link is open again`;
      }
    } catch (error) {
      return `its ${LINK_NAMES[link]} link could not be checked: ${await boardProblem(bmp, error)}`;
    }
  }
  return null;
}
