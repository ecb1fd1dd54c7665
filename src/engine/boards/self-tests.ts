/**
 * What the server does for boards in quarantine, while nobody holds them:
 *
 *   self-test   power-cycle, check, power off. So many passed in a row release a board that failed;
 *               one that was quarantined because its BMP fell silent needs but one
 *   power-off   for a board that an operator quarantined or has released and that may still be on
 *
 * When a board comes back from them it has its cooldown. It waits `selfTestMs` for its next test, and twice as long for each test that it failed and
 * each time that it was quarantined before, up to 64 times. Before a test the record says `mayBeOn`, so
 * that the board is powered off after a crash in the middle of it.
 */

import { boardIndex, boardOfIndex } from "../../domain/board.js";
import { counted } from "../../domain/counted.js";
import type { MachineDescription } from "../../domain/machine.js";
import { SERVER } from "../contract/actors.js";
import type { Clock, PowerAction, PowerOutcome } from "../contract/ports.js";
import type { QuarantineRecord } from "../contract/records.js";
import { boardLabel, type EngineState } from "../state/engine-state.js";
import { eventBoard } from "../state/event-facts.js";
import type { LiveMachine } from "../state/live-job.js";
import { owedPowerOffs, removedMachineOf } from "../state/removed-machines.js";
import { coolDownBoard, isInUse } from "./cooldown.js";
import { submitOrder } from "./orders.js";
import {
  putRecord,
  quarantineBoard,
  quarantineKey,
  releaseBoard,
  updateWithheld,
  withEvent,
} from "./quarantine.js";
import { singleBoardAllocation } from "./single-board.js";

/** Between power-offs of a board that may be on, where there are no self-tests. */
const POWER_OFF_MS = 300_000;
const MOST_DOUBLINGS = 6;

/** Plans anew for all boards: at the start, and when the times have changed. */
export function planAllMaintenance(state: EngineState): void {
  for (const key of state.quarantine.keys()) state.maintenanceToPlan.add(key);
  state.journal.wake();
}

/** Plans for the boards whose records have changed. */
export function planMaintenance(state: EngineState): void {
  for (const key of state.maintenanceToPlan) {
    if (!isUnderWay(state, key)) plan(state, key, null);
  }
  state.maintenanceToPlan.clear();
}

/** Plans for a board at once rather than when its time has come. */
export function maintainNow(state: EngineState, key: string): void {
  if (!isUnderWay(state, key)) plan(state, key, 0);
  state.maintenanceToPlan.delete(key);
}

/** Has boards of a removed machine powered off that may be on, as soon as that can be done. */
export function powerOffOwed(state: EngineState, machine: LiveMachine): void {
  for (const record of owedPowerOffs(state, machine, descriptions(state))) {
    if (removedMachineOf(state, record) !== machine) continue;
    const { machineName, board } = record;
    maintainNow(state, quarantineKey(machineName, board));
  }
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
  const soonestMs = neededAction(state, record) === "test" ? pauseLeftMs(state, record) : 0;
  const wait = Math.max(soonestMs, delayMs ?? waitMs(state, record));
  const timer = state.clock.after(wait, () => carryOut(state, key));
  state.maintenance.set(key, { timer });
}

function neededAction(state: EngineState, record: QuarantineRecord): PowerAction | null {
  const { active, cause, mayBeOn } = record;
  if (active && cause !== "operator" && state.settings.selfTestMs > 0) return "test";
  return mayBeOn ? "off" : null;
}

/** Of an EngineState: how long boards stay off, and what time it is. */
export interface PauseTimes {
  readonly settings: { readonly cooldownMs: number };
  readonly clock: Pick<Clock, "nowMs">;
}

/** How long a board that maintenance powered off has still to stay off. */
export function pauseLeftMs(
  { settings, clock }: PauseTimes,
  record: Pick<QuarantineRecord, "testedAtMs">,
): number {
  if (record.testedAtMs === null) return 0;
  const leftMs = record.testedAtMs + settings.cooldownMs - clock.nowMs();
  // The clock of the records may jump.
  return Math.max(0, Math.min(leftMs, settings.cooldownMs));
}

function waitMs({ settings, clock }: EngineState, record: QuarantineRecord): number {
  const setbacks = record.testsPassed > 0 ? 0 : record.testsFailed + record.occurrences - 1;
  const wait = (settings.selfTestMs || POWER_OFF_MS) * 2 ** Math.min(setbacks, MOST_DOUBLINGS);
  const left = (record.testedAtMs ?? record.sinceMs) + wait - clock.nowMs();
  // The clock of the records may jump.
  return Math.max(0, Math.min(left, wait));
}

function carryOut(state: EngineState, key: string): void {
  const record = state.quarantine.get(key);
  const machine = record && (machineOf(state, record) ?? removedMachineOf(state, record));
  if (state.stopping || record === undefined || machine === undefined) return;
  const wish = neededAction(state, record);
  if (wish === null) return;
  const isOffOnly = machine.isRemoved || isDead(machine, record.board);
  const action = wish === "test" && isOffOnly ? "off" : wish;
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
  const allocation = singleBoardAllocation(machine, board);
  submitOrder(state, { jobId: null, machine, allocation, action }, (outcome) => {
    state.maintenance.delete(key);
    state.maintenanceToPlan.add(key);
    state.journal.wake();
    // What comes in place of the machine waits for this.
    if (machine.isRemoved && !isPerhapsOn(action, outcome)) coolDownBoard(state, machine, board);
    const record = state.quarantine.get(key);
    if (record === undefined) return;
    // Laid out anew meanwhile, the record may be another board's.
    if (machine.isRemoved && removedMachineOf(state, record) !== machine) return;
    if (action === "off") poweredOff(state, machine, record, outcome);
    else tested(state, machine, record, outcome);
  });
}

/** Whether a self-test or power-off left its board on, as far as anybody knows. */
function isPerhapsOn(action: PowerAction, { failures: [failure] }: PowerOutcome): boolean {
  if (action === "off") return failure !== undefined;
  return failure?.mayBeOn === true || failure?.bmpSilent === true;
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
  if (!record.active) coolDownBoard(state, machine, record.board);
  updateWithheld(state, machine, record.board);
}

function tested(
  state: EngineState,
  machine: LiveMachine,
  record: QuarantineRecord,
  outcome: PowerOutcome,
): void {
  const { failures, preempted } = outcome;
  const [failure] = failures;
  const atMs = state.clock.nowMs();
  const mayBeOn = isPerhapsOn("test", outcome);
  if (preempted === true || failure?.bmpSilent === true || !record.active) {
    // It says nothing of the board. It counts as a test only for the time of the next.
    putRecord(state, machine, { ...record, mayBeOn, testedAtMs: atMs });
    if (!record.active && !mayBeOn) coolDownBoard(state, machine, record.board);
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
      { board: label, reason },
      `${label}: self-test failed (${counted(testsFailed, "failure")} in this quarantine): ${reason}`,
    );
    const history = withEvent(record, { atMs, kind: "test failed", note: reason });
    putRecord(state, machine, { ...updated, reason, history });
    return;
  }
  const needed = record.cause === "bmp" ? 1 : state.settings.selfTestsToRelease;
  state.log.info(
    { board: label },
    `${label}: self-test passed (${testsPassed} of ${needed} needed for release)`,
  );
  const history = withEvent(record, { atMs, kind: "test passed", note: "" });
  const better = { ...updated, history };
  putRecord(state, machine, better);
  if (testsPassed >= needed && record.cause !== "operator") {
    const note = `it passed ${counted(testsPassed, "self-test", "self-tests in a row")}`;
    coolDownBoard(state, machine, record.board);
    releaseBoard(state, machine, better, note, SERVER);
  }
}

/** Whether nobody holds the board, and its BMP answers. */
function isUnattended(state: EngineState, machine: LiveMachine, board: number): boolean {
  const bmp = machine.bmpOf(board);
  if (bmp === null || state.silentBmps.has(bmp)) return false;
  if (machine.isRemoved && isInOthersHands(state, machine, board)) return false;
  return !isInUse(state, machine, board);
}

/**
 * Whether a configured machine may do something with a board of a removed one. Not at a start, unless a
 * job has the board: the machine waits then, if the power-off is ordered.
 */
function isInOthersHands(state: EngineState, removed: LiveMachine, board: number): boolean {
  const bmp = removed.bmpOf(board);
  const number = removed.numberInFrame(board);
  return state.machines.some((machine) =>
    machine.boardsOfBmp(bmp!).some((other) => {
      if (machine.numberInFrame(other) !== number) return false;
      const at = boardOfIndex(other, machine.description);
      return !state.resuming || machine.placed.at(at) !== null;
    }),
  );
}

function descriptions({ machines }: EngineState): MachineDescription[] {
  return machines.map(({ description }) => description);
}

function isDead({ description }: LiveMachine, board: number): boolean {
  return description.deadBoards.some((dead) => boardIndex(dead, description) === board);
}

function machineOf(state: EngineState, record: QuarantineRecord): LiveMachine | undefined {
  return state.machines.find(({ name }) => name === record.machineName);
}
