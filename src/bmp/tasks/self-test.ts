/**
 * Tests boards that nobody holds: power on ─► settle ─► check, links included ─► power off.
 *
 * What waits in the queue goes first: a test that is not wanted any more skips to its power-off, which
 * is a moment's work. Boards whose power-off fails may be on.
 */
import { ALL_LINKS } from "../../domain/links.js";
import type { BoardFailure } from "../../engine/contract/ports.js";
import type { Bmp } from "../exchange/bmp.js";
import { LINK_NAMES } from "../wire/fpga.js";
import { blameBoard, checkBoard, probe } from "./board-check.js";
import {
  boardFailure,
  boardNumbers,
  type FrameBoard,
  type FrameTask,
  type StepContext,
  type TaskFailures,
} from "./frame-task.js";
import { sendToGroup } from "./group-command.js";

/** What is wrong with a board; boards that are not in it passed. */
type Problems = Map<FrameBoard, string>;

const numbersOf = (tasks: readonly FrameTask[]) => boardNumbers(tasks.flatMap((t) => t.boards));

/** Throws BmpError when the BMP is silent; the boards of all tasks may then be on. */
export async function selfTest(
  context: StepContext,
  tasks: readonly FrameTask[],
): Promise<TaskFailures> {
  const { bmp, host } = context;
  const problems = await tryOut(context, tasks);
  const stuck = await sendToGroup(tasks, (some) => bmp.powerOff(numbersOf(some)));
  const failures: TaskFailures = new Map();
  for (const task of tasks) {
    const failed: BoardFailure[] = [];
    for (const board of task.boards) {
      const problem = problems.get(board);
      const refusal = stuck.get(task);
      if (refusal !== undefined) {
        const both = problem === undefined ? "" : `${problem}; `;
        const failure = boardFailure(task, board, host, `${both}power-off: ${refusal}`);
        failed.push({ ...failure, mayBeOn: true });
      } else if (problem !== undefined) failed.push(boardFailure(task, board, host, problem));
    }
    if (failed.length > 0) failures.set(task, failed);
    else context.succeeded(task);
  }
  return failures;
}

async function tryOut(context: StepContext, tasks: readonly FrameTask[]): Promise<Problems> {
  const { bmp } = context;
  const problems: Problems = new Map();
  const powerOnMs = Math.max(...tasks.map(({ times }) => times.powerOnMs));
  const settleMs = Math.max(...tasks.map(({ times }) => times.settleMs));
  await probe(bmp);
  const refusals = await sendToGroup(tasks, (some) => bmp.powerOn(numbersOf(some), powerOnMs));
  if (refusals.size < tasks.length) await context.settle(settleMs);
  for (const task of tasks) {
    const refusal = refusals.get(task);
    for (const board of task.boards) {
      if (!context.isWanted(task)) return problems;
      const problem =
        refusal === undefined ? await problemOf(bmp, board.number) : `power-on: ${refusal}`;
      if (problem !== null) problems.set(board, problem);
    }
  }
  return problems;
}

async function problemOf(bmp: Bmp, number: number): Promise<string | null> {
  const check = await checkBoard(bmp, number);
  if (!check.up) return check.reason;
  if (!check.hasLinkControl) return null;
  for (const link of ALL_LINKS) {
    try {
      await bmp.stopLink(number, link);
      if (!(await bmp.isLinkStopped(number, link))) {
        return `link ${LINK_NAMES[link]} does not stop`;
      }
    } catch (error) {
      return `link ${LINK_NAMES[link]}: ${await blameBoard(bmp, error)}`;
    }
  }
  return null;
}
