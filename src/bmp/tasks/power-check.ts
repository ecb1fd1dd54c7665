/**
 * Checks whether boards are up and the links stopped that were, and changes nothing. A board with an open
 * link that was stopped was reset behind the server's back: power-on opens all links.
 *
 * A dead link may have been declared dead only after its boards were powered on for the job. It is
 * open then, and stays so: stopping it now would disturb a job that sends over it.
 */

import type { Link } from "../../domain/links.js";
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
      const reason = await problemOf(context, board);
      if (reason !== null) failed.push({ board: board.index, reason });
    }
    if (failed.length > 0) failures.set(task, failed);
    else context.succeeded(task);
  }
  return failures;
}

async function problemOf({ bmp, boards }: StepContext, board: TaskBoard): Promise<string | null> {
  const { number, periphery, deadLinks } = board;
  const check = await checkBoard(bmp, board);
  if (!check.up) {
    // Since when, nobody knows.
    if (check.isOff) boards.wentOff([number]);
    return check.reason;
  }
  if (!check.hasLinkControl) {
    boards.isUp(number, []);
    return null;
  }
  const known = boards.stoppedLinks(number);
  const stopped: Link[] = [];
  for (const link of [...periphery, ...deadLinks]) {
    const mustBe = periphery.includes(link) || known?.has(link) === true;
    const isStopped = await readLink(bmp, number, link);
    if (typeof isStopped === "string") return isStopped;
    if (isStopped) stopped.push(link);
    else if (mustBe) {
      return `it was reset, not by this server: its ${LINK_NAMES[link]} link is open again`;
    }
  }
  boards.isUp(number, stopped);
  return null;
}

/** Whether the link is stopped, or why that is not known. */
async function readLink(bmp: Bmp, board: number, link: Link): Promise<boolean | string> {
  try {
    return await bmp.isLinkStopped(board, link);
  } catch (error) {
    return `its ${LINK_NAMES[link]} link could not be checked: ${await boardProblem(bmp, error)}`;
  }
}
