/**
 * Powers on the boards of neighbouring tasks of one frame together.
 *
 *   BMP answers ─► power on ─► settle ─► check each board ─┬─► (boards up) links ─► task done
 *     ▲                                                    │
 *     └── pause ◄── power off ◄── only the boards that failed, 3 times in all
 *
 * A task goes on to its links, and is done, as soon as all of its own boards are up; the boards of
 * others do not delay it. While boards stay off for the pause, the BMP does other things. A power-on
 * without a reply may or may not have been carried out, and the boards may have been on before: it
 * starts over, as one of the three cycles, unless the reply comes while the boards settle. Power-on has
 * cleared every STOP register, so only the periphery and dead links are written.
 */

import type { Link } from "../../domain/links.js";
import { LINK_NAMES } from "../../domain/names.js";
import type { BoardFailure } from "../../engine/contract/ports.js";
import type { Bmp } from "../exchange/bmp.js";
import { asBmpError } from "../exchange/errors.js";
import { nameOfBoard, nameOfFrame } from "../frames/frame.js";
import { MOST_POWER_CYCLES } from "../retry-limits.js";
import { boardProblem, checkWhenUp } from "./board-check.js";
import {
  boardNumbers,
  type FrameTask,
  type StepContext,
  type TaskBoard,
  type TaskFailures,
} from "./frame-task.js";
import { sendToGroup } from "./group-command.js";

interface PendingTask {
  readonly task: FrameTask;
  /** The number of the power cycle, from 1. */
  cycle: number;
  /** Boards not up yet, and why not. */
  boards: readonly TaskBoard[];
  reasons: ReadonlyMap<TaskBoard, string>;
  /** Boards whose links can be stopped. */
  readonly linkControl: Set<TaskBoard>;
}

/** Throws BmpError when the BMP is silent; all tasks not done by then have failed. */
export async function powerOn(
  context: StepContext,
  tasks: readonly FrameTask[],
): Promise<TaskFailures> {
  const failures: TaskFailures = new Map();
  const settleMs = Math.max(...tasks.map(({ times }) => times.settleMs));
  let pending = tasks.map(pendingTask);
  for (;;) {
    pending = pending.filter(({ task }) => !context.isCancelled(task));
    if (pending.length === 0) return failures;
    await context.bmp.ensureAnswering();
    const upByMs = performance.now() + Math.max(...tasks.map(({ times }) => times.powerOnMs));
    const { refusals: refused, isAnswered } = await cyclePower(context, pending);
    // What was refused has not begun; what was not answered may have.
    if (!isAnswered || refused.size < pending.length) await context.settle(settleMs);
    const refusals = wasAnsweredLate(context, pending) ? NO_REFUSALS : refused;
    for (const entry of pending) {
      if (context.isCancelled(entry.task)) continue;
      const refusal = refusals.get(entry);
      if (refusal === undefined) await checkBoards(context, entry, upByMs);
      else entry.reasons = new Map(entry.boards.map((board) => [board, refusal]));
      if (entry.boards.length > 0 || context.isCancelled(entry.task)) continue;
      const linkFailures = await stopLinks(context, entry);
      if (linkFailures.length > 0) failures.set(entry.task, linkFailures);
      else context.succeeded(entry.task);
    }
    pending = pending.filter(({ task, boards }) => boards.length > 0 && !context.isCancelled(task));
    await powerOffWrong(
      context,
      pending.filter((entry) => !refusals.has(entry)),
    );
    pending = pending.filter((entry) => goesOnAtOnce(context, entry, failures));
  }
}

function pendingTask(task: FrameTask): PendingTask {
  const { cycle, boards, reasons } = task.progress ?? {
    cycle: 1,
    boards: task.boards,
    reasons: new Map<TaskBoard, string>(),
  };
  return { task, cycle, boards, reasons, linkControl: new Set() };
}

/** Whether the next cycle of a task comes now; if not, it comes after a pause, or the task has failed. */
function goesOnAtOnce(context: StepContext, entry: PendingTask, failures: TaskFailures): boolean {
  const { task, boards, reasons } = entry;
  if (entry.cycle === MOST_POWER_CYCLES) {
    failures.set(
      task,
      boards.map((board) => ({
        board: board.index,
        reason: `not up after ${MOST_POWER_CYCLES} power cycles: ${reasons.get(board)}`,
      })),
    );
    return false;
  }
  entry.cycle += 1;
  const pauseMs = context.pauseLeftMs(boardNumbers(boards));
  logCycle(context, entry, pauseMs);
  if (pauseMs === 0) return true;
  task.progress = { cycle: entry.cycle, boards, reasons };
  context.goesOnLater(task);
  return false;
}

/**
 * Powers off what came up wrong: that, the pause and the next power-on make the power cycle. Where the
 * power-off is refused, the next power-on resets the boards.
 */
async function powerOffWrong(context: StepContext, wrong: readonly PendingTask[]): Promise<void> {
  if (wrong.length === 0) return;
  await sendToGroup(wrong, (some) =>
    context.powerOff(boardNumbers(some.flatMap(({ boards }) => boards))),
  );
}

type Refusals = ReadonlyMap<PendingTask, string>;
const NO_REFUSALS: Refusals = new Map();

interface CycleOutcome {
  /** Tasks whose power-on is not known to have been carried out, with the reason. */
  readonly refusals: Refusals;
  /** False without a reply: then no power-on is known to have been carried out. */
  readonly isAnswered: boolean;
}

/** Powers on what is pending. */
async function cyclePower(
  context: StepContext,
  pending: readonly PendingTask[],
): Promise<CycleOutcome> {
  const powerOnMs = Math.max(...pending.map(({ task }) => task.times.powerOnMs));
  try {
    const refusals = await sendToGroup(pending, (some) =>
      context.powerOn(boardNumbers(some.flatMap(({ boards }) => boards)), powerOnMs),
    );
    const reasons = [...refusals].map(
      ([entry, reason]) => [entry, `the power-on failed: ${reason}`] as const,
    );
    return { refusals: new Map(reasons), isAnswered: true };
  } catch (error) {
    const reason = `the power-on failed: ${asBmpError(error).message}`;
    return { refusals: new Map(pending.map((entry) => [entry, reason])), isAnswered: false };
  }
}

/** Whether the reply to the power-on came meanwhile: it was slow, not lost. */
function wasAnsweredLate({ bmp, log }: StepContext, pending: readonly PendingTask[]): boolean {
  const lateMs = bmp.latePowerOnMs(boardNumbers(pending.flatMap(({ boards }) => boards)));
  if (lateMs === null) return false;
  const { frame, times } = pending[0]!.task;
  log.warn(
    { bmp: frame.bmpAddress, tookMs: Math.round(lateMs) },
    `${nameOfFrame(frame)}: BMP ${frame.bmpAddress} took ${(lateMs / 1000).toFixed(1)} s to power on, ` +
      `more than secondsToPowerOn, ${times.powerOnMs / 1000} s: raise it in the configuration`,
  );
  return true;
}

/** All boards of the task, also those that were up before: what took one down may have taken others. */
async function checkBoards(
  context: StepContext,
  entry: PendingTask,
  upByMs: number,
): Promise<void> {
  const reasons = new Map<TaskBoard, string>();
  const isWanted = () => !context.isCancelled(entry.task);
  for (const board of entry.task.boards) {
    const check = await checkWhenUp(context.bmp, board, upByMs, isWanted);
    if (!check.up) reasons.set(board, check.reason);
    else if (check.hasLinkControl) entry.linkControl.add(board);
  }
  entry.boards = [...reasons.keys()];
  entry.reasons = reasons;
}

/** Stops the periphery, and dead links between boards of the task at both ends. */
async function stopLinks(
  { bmp, boards }: StepContext,
  { task, linkControl }: PendingTask,
): Promise<BoardFailure[]> {
  const failures: BoardFailure[] = [];
  for (const board of task.boards) {
    const toStop = linkControl.has(board) ? [...board.periphery, ...board.deadLinks] : [];
    const problem = await stopAll(bmp, board, toStop);
    if (problem === null) boards.isUp(board.number, toStop);
    else failures.push({ board: board.index, reason: problem });
  }
  return failures;
}

/** What prevented it, or null. */
async function stopAll(
  bmp: Bmp,
  { number }: TaskBoard,
  links: readonly Link[],
): Promise<string | null> {
  for (const link of links) {
    try {
      await bmp.stopLink(number, link);
    } catch (error) {
      const problem = await boardProblem(bmp, error);
      return `its ${LINK_NAMES[link]} link could not be stopped: ${problem}`;
    }
  }
  return null;
}

function logCycle({ log }: StepContext, entry: PendingTask, pauseMs: number): void {
  const { task, boards, reasons, cycle } = entry;
  const { frame, jobId } = task;
  const when = pauseMs === 0 ? "" : ` in ${Math.ceil(pauseMs / 100) / 10} s`;
  for (const board of boards) {
    log.warn(
      { bmp: frame.bmpAddress, board: board.number, jobId, cycle },
      `${nameOfBoard(frame, board)}: ${reasons.get(board)}; power cycle ${cycle} of ${MOST_POWER_CYCLES}${when}`,
    );
  }
}
