/**
 * A board that is on though it should be off: somebody, or something, powered it on, not this server.
 *
 *   its job switched it off   powered off again; the job stays as it is
 *   no job has it             powered off, and given to nobody before its cooldown is over
 *   found on again, soon      its power-off does not help: quarantined
 *   waits for self-tests      counts as perhaps on until the next one, which powers it off
 *   in quarantine by an operator, or dead   told once, and left as it is: somebody works on it
 *
 * Whatever has an order under way, or a cooldown, is not looked at: the next round of health is soon enough.
 */
import { boardOfIndex } from "../../domain/board.js";
import { findBoard, keyOfBoard, recordOf } from "../boards/board-identity.js";
import { powerOffUnused } from "../boards/cooldown.js";
import { submitOrder } from "../boards/orders.js";
import { putRecord, quarantineBoard, quarantineFailedBoards } from "../boards/quarantine.js";
import { isDead, isUnattended } from "../boards/unattended.js";
import { SERVER } from "../contract/actors.js";
import type { QuarantineRecord } from "../contract/records.js";
import { boardLabel, type EngineState } from "../state/engine-state.js";
import { eventBoard } from "../state/event-facts.js";
import type { LiveJob, LiveMachine } from "../state/live-job.js";
import { jobsOn } from "../state/lookup.js";

/** Found on within so many rounds of health after its power-off and cooldown, it did not stay off. */
const ROUNDS = 3;

interface OnBoard {
  readonly machine: LiveMachine;
  readonly index: number;
  /** Its key among the records. */
  readonly key: string;
  /** What shows that it is on. */
  readonly reason: string;
}

/** @param number of the board in the frame of that BMP */
export function boardFoundOn(
  state: EngineState,
  bmp: string,
  number: number,
  reason: string,
): void {
  const found = findBoard(state.machines, { bmp, number });
  // Two machines know it when one keeps it as a dead board, for a job that has it (boards/shared-frames.ts).
  const one =
    found.find(({ machine, board }) => jobsOn(machine, [board]).length > 0) ??
    found.find(({ machine, board }) => !isDead(machine, board)) ??
    found[0];
  if (one === undefined) return;
  const { machine, board: index } = one;
  const key = keyOfBoard(machine, index);
  if (state.stopping || key === null || machine.waitsFor.size > 0) return;
  const board = { machine, index, key, reason };
  const [job] = jobsOn(machine, [index]);
  const record = recordOf(state, machine, index);
  if (job === undefined && !isUnattended(state, machine, index)) return;
  const isOperators = record?.active === true && record.cause === "operator";
  if (isDead(machine, index)) leave(state, board, "dead by the configuration", 0);
  else if (isOperators) leave(state, board, "in quarantine by an operator", record.sinceMs);
  else if (job !== undefined) foundOnForJob(state, job, board);
  // Its power-off, or its self-test, is due or under way.
  else if (record?.mayBeOn === true) return;
  else if (record?.active === true) awaitSelfTest(state, record, board);
  else if (!isElsewhere(state, machine, index)) foundOnForNobody(state, board);
}

/** Whether another machine that has the board is not done with it. */
function isElsewhere({ sharedBmps }: EngineState, machine: LiveMachine, index: number): boolean {
  if (!sharedBmps.has(machine.bmpOf(index)!)) return false;
  return machine.bitmaps.isWithheld(boardOfIndex(index, machine.description));
}

/** Tells it once for each time that it came to be so. @param sinceMs Unix milliseconds */
function leave(state: EngineState, board: OnBoard, what: string, sinceMs: number): void {
  const { key, reason } = board;
  if (state.leftOn.get(key) === sinceMs) return;
  state.leftOn.set(key, sinceMs);
  const label = boardLabel(board.machine, board.index);
  state.log.warn(
    { board: label, reason },
    `${label} is on, and ${what}: ${reason}. The server leaves it as it is, since somebody may be working on it`,
  );
}

function foundOnForJob(state: EngineState, job: LiveJob, board: OnBoard): void {
  const { placement } = job;
  if (placement === null || placement.power || placement.orderId !== null) return;
  const { machine, index, key, reason } = board;
  const { jobId } = job;
  const powerOff = state.foundOn.get(key);
  if (powerOff?.isUnderWay === true) return;
  if (comesOnAgain(state, key)) {
    doesNotStayOff(state, board);
    return;
  }
  told(state, board, jobId);
  const label = boardLabel(machine, index);
  state.log.warn(
    { jobId, board: label, reason },
    `job ${jobId}: ${label} is on although the job has its boards switched off: ${reason}. It was not this server that powered it on; it is powered off again`,
  );
  state.foundOn.set(key, { isUnderWay: true, offAtMs: 0 });
  const { allocation } = placement;
  submitOrder(
    state,
    { jobId, machine, allocation, action: "off", boards: [index] },
    ({ failures }) => {
      state.foundOn.set(key, { isUnderWay: false, offAtMs: state.clock.elapsedMs() });
      quarantineFailedBoards(state, machine, failures, "off");
    },
  );
}

function foundOnForNobody(state: EngineState, board: OnBoard): void {
  const { machine, index, key, reason } = board;
  if (comesOnAgain(state, key)) {
    doesNotStayOff(state, board);
    return;
  }
  told(state, board, null);
  const label = boardLabel(machine, index);
  state.log.warn(
    { board: label, reason },
    `${label} is on although no job has it: ${reason}. It was not this server that powered it on; it is powered off, and free after its cooldown`,
  );
  powerOffUnused(state, machine, index, () => {
    state.foundOn.set(key, { isUnderWay: false, offAtMs: state.clock.elapsedMs() });
  });
}

/** Whether it was powered off for this just before. */
function comesOnAgain({ foundOn, clock, settings }: EngineState, key: string): boolean {
  const before = foundOn.get(key);
  if (before === undefined) return false;
  const soonMs = settings.cooldownMs + ROUNDS * settings.bmpTimes.healthMs;
  return clock.elapsedMs() - before.offAtMs <= soonMs;
}

function doesNotStayOff(state: EngineState, board: OnBoard): void {
  const { machine, index, key } = board;
  // As long as it goes on like this, it is told once.
  state.foundOn.set(key, { isUnderWay: false, offAtMs: state.clock.elapsedMs() });
  if (recordOf(state, machine, index)?.active === true) return;
  const reason = `it is on again although it was powered off: ${board.reason}; its power-off does not work, or something else powers it on`;
  quarantineBoard(state, machine, index, { reason, cause: "board", mayBeOn: true, actor: SERVER });
  const label = boardLabel(machine, index);
  state.log.warn({ board: label, reason }, `${label}: quarantined: ${reason}`);
}

/** It is not given out before it was off, even if it is released. */
function awaitSelfTest(state: EngineState, record: QuarantineRecord, board: OnBoard): void {
  told(state, board, null);
  const label = boardLabel(board.machine, board.index);
  const then = state.settings.selfTestMs > 0 ? "its next self-test" : "the server";
  state.log.warn(
    { board: label, reason: board.reason },
    `${label} is in quarantine, and on: ${board.reason}. It was not this server that powered it on; ${then} powers it off`,
  );
  putRecord(state, { ...record, mayBeOn: true });
}

function told(state: EngineState, board: OnBoard, jobId: number | null): void {
  const { machine, index, reason } = board;
  state.journal.tell({
    kind: "boardUnexpectedlyOn",
    atMs: state.clock.nowMs(),
    board: eventBoard(machine, index),
    jobId,
    reason,
  });
}
