/**
 * What the server does for boards in quarantine, while nobody holds them:
 *
 *   self-test   power-cycle, check, power off. So many passed in a row release a board that failed;
 *               one that was quarantined because of its BMP needs but one
 *   power-off   for a board that an operator quarantined or has released and that may still be on
 *
 * A board waits `selfTestMs` for its next test, and twice as long for each test that it failed and
 * each time that it was quarantined before, up to 64 times; one that is tested for its frame
 * (suspect-frames.ts) never longer than that. Before a test the record says `mayBeOn`, so
 * that the board is powered off after a crash in the middle of it.
 */

import { singleBoard } from "../../domain/allocation.js";
import { boardIndex, boardOfIndex } from "../../domain/board.js";
import { counted } from "../../domain/counted.js";
import { SERVER } from "../contract/actors.js";
import type { PowerAction, PowerOutcome } from "../contract/ports.js";
import type { QuarantineRecord } from "../contract/records.js";
import { boardLabel, type EngineState } from "../state/engine-state.js";
import { eventBoard } from "../state/event-facts.js";
import type { LiveMachine } from "../state/live-job.js";
import { submitOrder } from "./orders.js";
import {
  putRecord,
  quarantineBoard,
  quarantineKey,
  releaseBoard,
  toPlan,
  updateWithheld,
  withEvent,
} from "./quarantine.js";
import { clearFrame, isProbe } from "./suspect-frames.js";
import { isUnattended } from "./unattended.js";

/** Between power-offs of a board that may be on, where there are no self-tests. */
const POWER_OFF_MS = 300_000;
const MOST_DOUBLINGS = 6;

/** Plans anew for all boards: at the start, and when the times have changed. */
export function planAllMaintenance(state: EngineState): void {
  for (const key of state.quarantine.keys()) toPlan(state, key);
  state.journal.wake();
}

/** Plans for the boards whose records have changed, and at once for those that are due now. */
export function planMaintenance(state: EngineState): void {
  for (const [key, delayMs] of state.maintenanceToPlan) {
    if (!isUnderWay(state, key)) plan(state, key, delayMs);
  }
  state.maintenanceToPlan.clear();
}

function isUnderWay(state: EngineState, key: string): boolean {
  const maintenance = state.maintenance.get(key);
  return maintenance !== undefined && maintenance.timer === null;
}

/**
 * Powers boards off that may be on since the last server; for use at the start. That a board is dead by
 * now, that its machine left the configuration or waits for boards of one that did, is no reason to
 * leave it on: nothing else is ordered for these boards at a start but that they go off.
 */
export function powerOffQuarantined(state: EngineState): void {
  for (const [key, record] of state.quarantine) {
    if (!record.mayBeOn) continue;
    const machine = machineOf(state, record) ?? removedMachineOf(state, record);
    if (machine && isUnattended(state, machine, record.board)) {
      order(state, key, machine, record, "off");
    }
  }
}

function plan(state: EngineState, key: string, delayMs: number | null): void {
  state.maintenance.get(key)?.timer?.cancel();
  state.maintenance.delete(key);
  const record = state.quarantine.get(key);
  if (record === undefined || neededAction(state, record) === null) return;
  const timer = state.clock.after(delayMs ?? waitMs(state, record), () => carryOut(state, key));
  state.maintenance.set(key, { timer });
}

function neededAction(state: EngineState, record: QuarantineRecord): PowerAction | null {
  const { active, cause, mayBeOn } = record;
  if (active && cause !== "operator" && state.settings.selfTestMs > 0) return "test";
  return mayBeOn ? "off" : null;
}

function waitMs(state: EngineState, record: QuarantineRecord): number {
  const { settings, clock } = state;
  const isFresh = record.testsPassed > 0 || isProbe(state, record);
  const setbacks = isFresh ? 0 : record.testsFailed + record.occurrences - 1;
  const wait = (settings.selfTestMs || POWER_OFF_MS) * 2 ** Math.min(setbacks, MOST_DOUBLINGS);
  const left = (record.testedAtMs ?? record.sinceMs) + wait - clock.nowMs();
  // The clock of the records may jump.
  return Math.max(0, Math.min(left, wait));
}

function carryOut(state: EngineState, key: string): void {
  const record = state.quarantine.get(key);
  const machine = record && machineOf(state, record);
  if (state.stopping || record === undefined || machine === undefined) return;
  const wish = neededAction(state, record);
  if (wish === null) return;
  const action = wish === "test" && isDead(machine, record.board) ? "off" : wish;
  const isNeeded = action === "test" || record.mayBeOn;
  const isPossible = machine.waitsFor.size === 0 && isUnattended(state, machine, record.board);
  if (!isNeeded || !isPossible) {
    plan(state, key, state.settings.selfTestMs || POWER_OFF_MS);
    return;
  }
  if (action === "test" && !record.mayBeOn) {
    putRecord(state, machine, { ...record, mayBeOn: true });
  }
  order(state, key, machine, record, action);
}

function order(
  state: EngineState,
  key: string,
  machine: LiveMachine,
  { board }: QuarantineRecord,
  action: PowerAction,
): void {
  state.maintenance.get(key)?.timer?.cancel();
  state.maintenance.set(key, { timer: null });
  const allocation = singleBoard(boardOfIndex(board, machine.description));
  submitOrder(state, { jobId: null, machine, allocation, action }, (outcome) => {
    state.maintenance.delete(key);
    toPlan(state, key);
    state.journal.wake();
    const record = state.quarantine.get(key);
    // Laid out anew meanwhile, the record may be another board's.
    if (record === undefined || machine.isRemoved) return;
    if (action === "off") poweredOff(state, machine, record, outcome);
    else tested(state, machine, record, outcome);
  });
}

function poweredOff(
  state: EngineState,
  machine: LiveMachine,
  record: QuarantineRecord,
  { failures: [failure] }: PowerOutcome,
): void {
  const testedAtMs = state.clock.nowMs();
  if (failure) {
    const cause = failure.bmpSilent === true ? "bmp" : "board";
    quarantineBoard(state, machine, record.board, {
      reason: failure.reason,
      cause,
      mayBeOn: true,
      actor: SERVER,
    });
    // The next power-off waits its time from this one.
    const key = quarantineKey(machine.name, record.board);
    putRecord(state, machine, { ...state.quarantine.get(key)!, testedAtMs });
    return;
  }
  putRecord(state, machine, { ...record, mayBeOn: false, testedAtMs });
  updateWithheld(state, machine, record.board);
}

function tested(
  state: EngineState,
  machine: LiveMachine,
  record: QuarantineRecord,
  { failures: [failure], preempted }: PowerOutcome,
): void {
  const atMs = state.clock.nowMs();
  const mayBeOn = failure?.mayBeOn === true || failure?.bmpSilent === true;
  if (preempted === true || failure?.bmpSilent === true || !record.active) {
    // It says nothing of the board. It counts as a test only for the time of the next.
    putRecord(state, machine, { ...record, mayBeOn, testedAtMs: atMs });
    updateWithheld(state, machine, record.board);
    return;
  }
  const label = boardLabel(machine, record.board);
  const testsPassed = failure ? 0 : record.testsPassed + 1;
  const testsFailed = record.testsFailed + (failure ? 1 : 0);
  state.journal.tell({
    kind: "boardTested",
    atMs,
    board: eventBoard(machine, record.board),
    failure: failure?.reason ?? null,
    testsPassed,
    testsFailed,
  });
  const updated = { ...record, mayBeOn, testsPassed, testsFailed, testedAtMs: atMs };
  if (failure) {
    const { reason } = failure;
    state.log.info(
      { reason },
      `${label}: self-test failed (${counted(testsFailed, "failure")} in this quarantine): ${reason}`,
    );
    const history = withEvent(record, { atMs, kind: "test failed", note: reason });
    putRecord(state, machine, { ...updated, reason, history });
    return;
  }
  const bmp = machine.bmpOf(record.board);
  if (bmp !== null) clearFrame(state, bmp, `${label} passed a self-test`);
  const needed = record.cause === "bmp" ? 1 : state.settings.selfTestsToRelease;
  state.log.info({}, `${label}: self-test passed (${testsPassed} of ${needed} needed for release)`);
  const history = withEvent(record, { atMs, kind: "test passed", note: "" });
  const better = { ...updated, history };
  putRecord(state, machine, better);
  if (testsPassed >= needed && record.cause !== "operator") {
    const note = `it passed ${counted(testsPassed, "self-test", "self-tests in a row")}`;
    releaseBoard(state, machine, better, note, SERVER);
  }
}

function isDead({ description }: LiveMachine, board: number): boolean {
  return description.deadBoards.some((dead) => boardIndex(dead, description) === board);
}

function machineOf(state: EngineState, record: QuarantineRecord): LiveMachine | undefined {
  return state.machines.find(({ name }) => name === record.machineName);
}

/** The machine of that name that was removed last: the record is about its boards. */
function removedMachineOf(
  state: EngineState,
  { machineName }: QuarantineRecord,
): LiveMachine | undefined {
  return [...state.machinesById.values()]
    .filter(({ name, isRemoved }) => isRemoved && name === machineName)
    .sort((a, b) => b.machineId - a.machineId)[0];
}
