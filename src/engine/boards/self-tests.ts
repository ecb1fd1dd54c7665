/**
 * What the server does for boards in quarantine, while nobody holds them:
 *
 *   self-test   power-cycle, check, power off. So many passed in a row release a board that failed;
 *               one that was quarantined because of its BMP needs but one
 *   power-off   for a board that an operator quarantined or has released and that may still be on
 *
 * When a board comes back from them it has its cooldown. It waits `selfTestMs` for its next test, and
 * twice as long for each test that it failed and each time that it was quarantined before, up to 64 times;
 * one that is tested for its frame (suspect-frames.ts) never longer than that. Before a test the record
 * says `mayBeOn`, so that the board is powered off after a crash in the middle of it.
 */

import { singleBoard } from "../../domain/allocation.js";
import { boardOfIndex } from "../../domain/board.js";
import { counted } from "../../domain/counted.js";
import { SERVER } from "../contract/actors.js";
import type { Clock, PowerAction, PowerOutcome } from "../contract/ports.js";
import type { QuarantineRecord } from "../contract/records.js";
import type { EngineState } from "../state/engine-state.js";
import type { LiveMachine } from "../state/live-job.js";
import { owedPowerOffs, removedMachineOf } from "../state/removed-machines.js";
import {
  findBoard,
  keyOf,
  type MachineBoard,
  recordEventBoard,
  recordLabel,
} from "./board-identity.js";
import { coolDownBoard } from "./cooldown.js";
import { submitOrder } from "./orders.js";
import {
  maintainNow,
  putRecord,
  quarantineBoard,
  releaseBoard,
  toPlan,
  withEvent,
} from "./quarantine.js";
import { clearFrame, isProbe, renewProbes } from "./suspect-frames.js";
import { isDead, isUnattended } from "./unattended.js";

/** Between power-offs of a board that may be on, where there are no self-tests. */
const POWER_OFF_MS = 300_000;
const MOST_DOUBLINGS = 6;

/** Plans anew for all boards: at the start, and when the times have changed. */
export function planAllMaintenance(state: EngineState): void {
  state.allToPlan = true;
  for (const key of state.quarantine.keys()) toPlan(state, key);
  state.journal.wake();
}

/** Plans for the boards whose records have changed, and at once for those that are due now. */
export function planMaintenance(state: EngineState): void {
  renewProbes(state, state.allToPlan);
  state.allToPlan = false;
  for (const [key, delayMs] of state.maintenanceToPlan) {
    if (!isUnderWay(state, key)) plan(state, key, delayMs);
  }
  state.maintenanceToPlan.clear();
}

/** Has boards of a removed machine powered off that may be on, as soon as that can be done. */
export function powerOffOwed(state: EngineState, machine: LiveMachine): void {
  for (const record of owedPowerOffs(state, machine)) maintainNow(state, keyOf(record));
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
    const found = whereToReach(state, record);
    if (found && isUnattended(state, found.machine, found.board)) order(state, key, found, "off");
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
  const found = record && whereToReach(state, record);
  if (state.stopping || record === undefined || found === undefined) return;
  const { machine, board } = found;
  const wish = neededAction(state, record);
  if (wish === null) return;
  const isOffOnly = machine.isRemoved || isDead(machine, board);
  const action = wish === "test" && isOffOnly ? "off" : wish;
  const isNeeded = action === "test" || record.mayBeOn;
  const isPossible = machine.waitsFor.size === 0 && isUnattended(state, machine, board);
  if (!isNeeded || !isPossible) {
    plan(state, key, state.settings.selfTestMs || POWER_OFF_MS);
    return;
  }
  if (action === "test" && !record.mayBeOn) {
    putRecord(state, { ...record, mayBeOn: true });
  }
  order(state, key, found, action);
}

function order(
  state: EngineState,
  key: string,
  { machine, board }: MachineBoard,
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
    // Its frame may have got another BMP meanwhile, or an operator had it forgotten.
    if (record !== undefined) {
      if (action === "off") poweredOff(state, machine, record, outcome);
      else tested(state, machine, record, outcome);
    }
    // What comes in place of the machine waits for this.
    if (machine.isRemoved && !isPerhapsOn(action, outcome)) coolDownBoard(state, machine, board);
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
    const { reason, bmpSilent } = failure;
    const cause = bmpSilent === true ? "bmp" : "board";
    const grounds = { reason, cause, mayBeOn: true, actor: SERVER } as const;
    quarantineBoard(state, machine, failure.board, grounds);
    // The next power-off waits its time from this one.
    const key = keyOf(record);
    putRecord(state, { ...state.quarantine.get(key)!, testedAtMs });
    return;
  }
  if (!record.active && !machine.isRemoved) coolDownRecord(state, record);
  putRecord(state, { ...record, mayBeOn: false, testedAtMs });
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
    if (!record.active && !mayBeOn && !machine.isRemoved) coolDownRecord(state, record);
    putRecord(state, { ...record, mayBeOn, testedAtMs: atMs });
    return;
  }
  const label = recordLabel(record);
  const testsPassed = failure ? 0 : record.testsPassed + 1;
  const testsFailed = record.testsFailed + (failure ? 1 : 0);
  state.journal.tell({
    kind: "boardTested",
    atMs,
    board: recordEventBoard(record),
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
    putRecord(state, { ...updated, reason, history });
    return;
  }
  if (record.bmp !== null) clearFrame(state, record.bmp, `${label} passed a self-test`);
  const needed = record.cause === "bmp" ? 1 : state.settings.selfTestsToRelease;
  state.log.info(
    { board: label },
    `${label}: self-test passed (${testsPassed} of ${needed} needed for release)`,
  );
  const history = withEvent(record, { atMs, kind: "test passed", note: "" });
  const better = { ...updated, history };
  putRecord(state, better);
  if (testsPassed >= needed && record.cause !== "operator") {
    const note = `it passed ${counted(testsPassed, "self-test", "self-tests in a row")}`;
    if (!machine.isRemoved) coolDownRecord(state, better);
    releaseBoard(state, better, note, SERVER);
  }
}

/** Lets the board of a record cool down that comes back from maintenance, and was powered off just now. */
export function coolDownRecord(state: EngineState, record: QuarantineRecord): void {
  const found = boardOf(state, record);
  if (found !== undefined) coolDownBoard(state, found.machine, found.board);
}

/** The board of a record in the running machines; in one where it is not dead, if it is in several. */
function boardOf(state: EngineState, record: QuarantineRecord): MachineBoard | undefined {
  const found = findBoard(state.machines, record);
  return found.find(({ machine, board }) => !isDead(machine, board)) ?? found[0];
}

/** The same, or where else it can be powered off: in the machine that was removed last of those that had it. */
function whereToReach(state: EngineState, record: QuarantineRecord): MachineBoard | undefined {
  const machine = boardOf(state, record) ?? removedMachineOf(state, record);
  if (machine === undefined || "machine" in machine) return machine;
  return { machine, board: machine.boardOf(record.bmp!, record.number)! };
}
