/**
 * Tests boards that no job holds: power on ─► settle ─► check, links included ─► power off.
 *
 * What waits in the queue goes first: a test that is cancelled skips to its power-off, which takes
 * only a moment. Boards whose power-off fails may be on.
 */
import { ALL_LINKS } from "../../domain/links.js";
import { LINK_NAMES } from "../../domain/names.js";
import type { BoardFailure } from "../../engine/contract/ports.js";
import type { Bmp } from "../exchange/bmp.js";
import { boardProblem, checkWhenUp } from "./board-check.js";
import {
  boardNumbers,
  type FrameTask,
  type StepContext,
  type TaskBoard,
  type TaskFailures,
} from "./frame-task.js";
import { sendToGroup } from "./group-command.js";

/** What is wrong with a board; boards that are not in it passed. */
type BoardProblems = Map<TaskBoard, string>;

const numbersOf = (tasks: readonly FrameTask[]) => boardNumbers(tasks.flatMap((t) => t.boards));

/** Throws BmpError when the BMP is silent; the boards of all tasks may then be on. */
export async function selfTest(
  context: StepContext,
  tasks: readonly FrameTask[],
): Promise<TaskFailures> {
  const problems = await powerOnAndCheck(context, tasks);
  const refusals = await sendToGroup(tasks, (some) => context.powerOff(numbersOf(some)));
  const failures: TaskFailures = new Map();
  for (const task of tasks) {
    const refusal = refusals.get(task);
    const failed: BoardFailure[] = [];
    for (const board of task.boards) {
      const problem = problems.get(board);
      if (refusal !== undefined) {
        const before = problem === undefined ? "" : `${problem}; `;
        const reason = `${before}the power-off failed: ${refusal}`;
        failed.push({ board: board.index, reason, mayBeOn: true });
      } else if (problem !== undefined) failed.push({ board: board.index, reason: problem });
    }
    if (failed.length > 0) failures.set(task, failed);
    else context.succeeded(task);
  }
  return failures;
}

async function powerOnAndCheck(
  context: StepContext,
  tasks: readonly FrameTask[],
): Promise<BoardProblems> {
  const { bmp } = context;
  const problems: BoardProblems = new Map();
  const powerOnMs = Math.max(...tasks.map(({ times }) => times.powerOnMs));
  const settleMs = Math.max(...tasks.map(({ times }) => times.settleMs));
  await bmp.ensureAnswering();
  const upByMs = performance.now() + powerOnMs;
  const refusals = await sendToGroup(tasks, (some) => context.powerOn(numbersOf(some), powerOnMs));
  if (refusals.size < tasks.length) await context.settle(settleMs);
  for (const task of tasks) {
    const refusal = refusals.get(task);
    for (const board of task.boards) {
      if (context.isCancelled(task)) return problems;
      const problem =
        refusal === undefined
          ? await problemOf(bmp, board, upByMs, () => !context.isCancelled(task))
          : `the power-on failed: ${refusal}`;
      if (problem !== null) problems.set(board, problem);
    }
  }
  return problems;
}

async function problemOf(
  bmp: Bmp,
  board: TaskBoard,
  upByMs: number,
  isWanted: () => boolean,
): Promise<string | null> {
  const { number } = board;
  const check = await checkWhenUp(bmp, board, upByMs, isWanted);
  if (!check.up) return check.reason;
  if (!check.hasLinkControl) return null;
  for (const link of ALL_LINKS) {
    try {
      await bmp.stopLink(number, link);
      if (!(await bmp.isLinkStopped(number, link))) {
        return `its ${LINK_NAMES[link]} link cannot be stopped`;
      }
    } catch (error) {
      return `its ${LINK_NAMES[link]} link could not be tested: ${await boardProblem(bmp, error)}`;
    }
  }
  return null;
}
