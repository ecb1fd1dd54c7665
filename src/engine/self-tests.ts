/**
 * What the server does for boards that are set aside, while nobody holds them:
 *
 *   self-test   power-cycle, check, power off. So many passed in a row release a board that failed;
 *               one that was set aside because its BMP fell silent needs but one
 *   power-off   for a board that an operator keeps back or has released and that may still be on
 *
 * A board waits `selfTestMs` for its next test, and twice as long for each test that it failed and
 * each time that it was set aside before, up to 64 times. Before a test the record says `mayBeOn`, so
 * that the board is powered off after a crash in the middle of it.
 */
import { holdsBoard } from "../allocation/boards.js";
import type { Allocation } from "../allocation/types.js";
import { boardIndex, boardOfIndex } from "../geometry/index.js";
import { boardLabel, type Facility } from "./facility.js";
import type { RunningMachine } from "./machine.js";
import { submitOrder } from "./orders.js";
import { NO_JOB, type PowerDirection, type PowerOutcome } from "./ports.js";
import {
  putRecord,
  quarantineKey,
  releaseBoard,
  setAside,
  showBoard,
  withEvent,
} from "./quarantine.js";
import type { QuarantineRecord } from "./records.js";

/** Between power-offs of a board that may be on, where there are no self-tests. */
const POWER_OFF_MS = 300_000;
const MOST_DOUBLINGS = 6;

/** Plans anew for all boards: at the start, and when the times have changed. */
export function planAllSelfTests(facility: Facility): void {
  for (const key of facility.quarantine.keys()) facility.uncared.add(key);
  facility.journal.wake();
}

/** Plans for the boards whose records have changed. */
export function planSelfTests(facility: Facility): void {
  for (const key of facility.uncared) {
    if (!isUnderWay(facility, key)) plan(facility, key, null);
  }
  facility.uncared.clear();
}

/** Plans for a board at once rather than when its time has come. */
export function careNow(facility: Facility, key: string): void {
  if (!isUnderWay(facility, key)) plan(facility, key, 0);
  facility.uncared.delete(key);
}

function isUnderWay(facility: Facility, key: string): boolean {
  const care = facility.caring.get(key);
  return care !== undefined && care.timer === null;
}

/**
 * Powers boards off that may be on since the last server; for use at the start. That a board is dead by
 * now, that its machine left the configuration or waits for boards of one that did, is no reason to
 * leave it on: nothing else is ordered for these boards at a start but that they go off.
 */
export function powerOffSetAside(facility: Facility): void {
  for (const [key, record] of facility.quarantine) {
    if (!record.mayBeOn) continue;
    const machine = machineOf(facility, record) ?? removedMachineOf(facility, record);
    if (machine && isUnattended(facility, machine, record.board)) {
      order(facility, key, machine, record, "off");
    }
  }
}

function plan(facility: Facility, key: string, delayMs: number | null): void {
  facility.caring.get(key)?.timer?.cancel();
  facility.caring.delete(key);
  const record = facility.quarantine.get(key);
  if (record === undefined || wanted(facility, record) === null) return;
  const timer = facility.clock.after(delayMs ?? waitMs(facility, record), () =>
    attend(facility, key),
  );
  facility.caring.set(key, { timer });
}

function wanted(facility: Facility, record: QuarantineRecord): PowerDirection | null {
  const { held, cause, mayBeOn } = record;
  if (held && cause !== "operator" && facility.settings.selfTestMs > 0) return "test";
  return mayBeOn ? "off" : null;
}

function waitMs({ settings, clock }: Facility, record: QuarantineRecord): number {
  const setbacks = record.passes > 0 ? 0 : record.failedTests + record.times - 1;
  const wait = (settings.selfTestMs || POWER_OFF_MS) * 2 ** Math.min(setbacks, MOST_DOUBLINGS);
  const left = (record.testedAt ?? record.since) + wait - clock.now();
  // The clock of the records may jump.
  return Math.max(0, Math.min(left, wait));
}

function attend(facility: Facility, key: string): void {
  const record = facility.quarantine.get(key);
  const machine = record && machineOf(facility, record);
  if (facility.stopping || record === undefined || machine === undefined) return;
  const wish = wanted(facility, record);
  if (wish === null) return;
  const direction = wish === "test" && isDead(machine, record.board) ? "off" : wish;
  const isNeeded = direction === "test" || record.mayBeOn;
  const isPossible = machine.waitsFor.size === 0 && isUnattended(facility, machine, record.board);
  if (!isNeeded || !isPossible) {
    plan(facility, key, facility.settings.selfTestMs || POWER_OFF_MS);
    return;
  }
  if (direction === "test" && !record.mayBeOn) {
    putRecord(facility, { ...record, mayBeOn: true });
  }
  order(facility, key, machine, record, direction);
}

function order(
  facility: Facility,
  key: string,
  machine: RunningMachine,
  { board }: QuarantineRecord,
  direction: PowerDirection,
): void {
  facility.caring.get(key)?.timer?.cancel();
  facility.caring.set(key, { timer: null });
  const allocation = singleBoard(machine, board);
  submitOrder(facility, { jobId: NO_JOB, machine, allocation, direction }, (outcome) => {
    facility.caring.delete(key);
    facility.uncared.add(key);
    facility.journal.wake();
    const record = facility.quarantine.get(key);
    // Laid out anew meanwhile, the record may be another board's.
    if (record === undefined || machine.isRemoved) return;
    if (direction === "off") poweredOff(facility, machine, record, outcome);
    else tested(facility, machine, record, outcome);
  });
}

function poweredOff(
  facility: Facility,
  machine: RunningMachine,
  record: QuarantineRecord,
  { failures: [failure] }: PowerOutcome,
): void {
  const testedAt = facility.clock.now();
  if (failure) {
    const cause = failure.bmpSilent === true ? "bmp" : "board";
    setAside(facility, machine, record.board, { reason: failure.reason, cause, mayBeOn: true });
    // The next power-off waits its time from this one.
    const key = quarantineKey(machine.name, record.board);
    putRecord(facility, { ...facility.quarantine.get(key)!, testedAt });
    return;
  }
  putRecord(facility, { ...record, mayBeOn: false, testedAt });
  showBoard(facility, machine, record.board);
}

function tested(
  facility: Facility,
  machine: RunningMachine,
  record: QuarantineRecord,
  { failures: [failure], gaveWay }: PowerOutcome,
): void {
  const at = facility.clock.now();
  const mayBeOn = failure?.mayBeOn === true || failure?.bmpSilent === true;
  if (gaveWay === true || failure?.bmpSilent === true || !record.held) {
    // It says nothing of the board. It counts as a test only for the time of the next.
    putRecord(facility, { ...record, mayBeOn, testedAt: at });
    showBoard(facility, machine, record.board);
    return;
  }
  const label = boardLabel(machine, record.board);
  if (failure) {
    const failedTests = record.failedTests + 1;
    facility.log.info({ reason: failure.reason }, `${label}: self-test ${failedTests} failed`);
    const history = withEvent(record, { at, what: "test failed", note: failure.reason });
    const { reason } = failure;
    const worse = { ...record, reason, mayBeOn, passes: 0, failedTests, testedAt: at, history };
    putRecord(facility, worse);
    return;
  }
  const passes = record.passes + 1;
  const needed = record.cause === "bmp" ? 1 : facility.settings.selfTestsToRelease;
  facility.log.info({}, `${label}: self-test passed, ${passes} of ${needed}`);
  const history = withEvent(record, { at, what: "test passed", note: "" });
  const better = { ...record, mayBeOn, passes, testedAt: at, history };
  putRecord(facility, better);
  if (passes >= needed && record.cause !== "operator") {
    releaseBoard(facility, machine, better, `it passed ${passes} self-tests in a row`);
  }
}

/** Whether nobody holds the board, and its BMP answers. */
function isUnattended(facility: Facility, machine: RunningMachine, board: number): boolean {
  const { description } = machine;
  const coordinate = boardOfIndex(board, description);
  const bmp = machine.bmpOf(board);
  if (bmp === null || facility.silentBmps.has(bmp)) return false;
  if (machine.placed.at(coordinate) !== null) return false;
  for (const rest of facility.rests.values()) {
    if (rest.machine === machine && holdsBoard(rest.allocation, coordinate, description))
      return false;
  }
  return true;
}

function isDead({ description }: RunningMachine, board: number): boolean {
  return description.deadBoards.some((dead) => boardIndex(dead, description) === board);
}

function machineOf(facility: Facility, record: QuarantineRecord): RunningMachine | undefined {
  return facility.machines.find(({ name }) => name === record.machineName);
}

/** The machine of that name that was removed last: the record is about its boards. */
function removedMachineOf(
  facility: Facility,
  { machineName }: QuarantineRecord,
): RunningMachine | undefined {
  return [...facility.machinesById.values()]
    .filter(({ name, isRemoved }) => isRemoved && name === machineName)
    .sort((a, b) => b.machineId - a.machineId)[0];
}

/** One board, by its dense index, as an allocation. */
export function singleBoard({ description }: RunningMachine, index: number): Allocation {
  const [x, y, z] = boardOfIndex(index, description);
  return { x, y, width: 1, height: 1, board: z as 0 | 1 | 2, missing: [] };
}
