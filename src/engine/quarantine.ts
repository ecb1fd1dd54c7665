/**
 * Boards that are set aside: no job gets them.
 *
 *            fails, or an operator adds it
 *   (in use) ────────────► held ──self-tests passed, or an operator releases it──► released
 *                           ▲                                                        │
 *                           └──────────────────── fails again ───────────────────────┘
 *
 * No time that passes releases a board. A record stays when its board is released: it is the board's
 * history. `mayBeOn` says that the board counts as powered, because a power-off failed or a self-test
 * is under way; such a board is not given out either, held or not, until a power-off has succeeded.
 * Boards behind a BMP that does not answer are kept back as well, without a record (bmp-news.ts).
 *
 * A record bears the machine's name and the board's index; when a machine is laid out anew, the
 * records follow their boards by the place where these are bolted in.
 */
import { holdsBoard } from "../allocation/boards.js";
import type { Allocation } from "../allocation/types.js";
import { boardCount, boardIndex, boardOfIndex } from "../geometry/index.js";
import { boardLabel, type Facility } from "./facility.js";
import type { RunningMachine } from "./machine.js";
import type { BoardFailure, PowerDirection } from "./ports.js";
import type { QuarantineCause, QuarantineEvent, QuarantineRecord } from "./records.js";

/** Of a longer history the end is kept. */
const HISTORY_LIMIT = 20;

export function quarantineKey(machineName: string, board: number): string {
  return `${board} ${machineName}`;
}

/** Sets boards aside that failed an order of `machine`, which may be removed by now. */
export function setFailedAside(
  facility: Facility,
  machine: RunningMachine,
  failures: readonly BoardFailure[],
  direction: PowerDirection,
): void {
  const [first] = failures;
  if (first === undefined) return;
  for (const { board, reason, bmpSilent, mayBeOn } of failures) {
    setAside(facility, machine, board, {
      reason,
      cause: bmpSilent === true ? "bmp" : "board",
      mayBeOn: direction === "off" || mayBeOn === true,
    });
  }
  const more = failures.length > 1 ? ` and ${failures.length - 1} more boards` : "";
  facility.log.warn(
    { boards: failures.map(({ board }) => board), reason: first.reason },
    `${boardLabel(machine, first.board)}${more}: set aside: ${first.reason}`,
  );
}

export interface SetAside {
  readonly reason: string;
  readonly cause: QuarantineCause;
  readonly mayBeOn: boolean;
}

/** Sets one board aside, or notes that one set aside has failed again. */
export function setAside(
  facility: Facility,
  machine: RunningMachine,
  board: number,
  { reason, cause, mayBeOn }: SetAside,
): void {
  const current = facility.machines.find((other) => other.name === machine.name);
  const index = current ? sameBoard(machine, board, current) : board;
  if (index === null) return;
  const before = facility.quarantine.get(quarantineKey(machine.name, index));
  const held = before?.held === true ? before : null;
  const now = facility.clock.now();
  const record: QuarantineRecord = {
    machineName: machine.name,
    board: index,
    reason,
    since: held?.since ?? now,
    held: true,
    cause: gravest(held?.cause ?? cause, cause),
    mayBeOn: mayBeOn || before?.mayBeOn === true,
    times: held?.times ?? (before?.times ?? 0) + 1,
    passes: 0,
    failedTests: held?.failedTests ?? 0,
    testedAt: held?.testedAt ?? null,
    history: withEvent(before, {
      at: now,
      what: held ? "failed again" : "set aside",
      note: reason,
    }),
  };
  putRecord(facility, record);
  if (current) showBoard(facility, current, index);
}

/** An operator knows best, and a board that failed itself is not excused by its BMP. */
function gravest(a: QuarantineCause, b: QuarantineCause): QuarantineCause {
  const causes = [a, b];
  return causes.includes("operator") ? "operator" : causes.includes("board") ? "board" : "bmp";
}

/** Gives a board back, for whatever reason is noted. */
export function releaseBoard(
  facility: Facility,
  machine: RunningMachine,
  record: QuarantineRecord,
  note: string,
): void {
  const event: QuarantineEvent = { at: facility.clock.now(), what: "released", note };
  putRecord(facility, { ...record, held: false, history: withEvent(record, event) });
  showBoard(facility, machine, record.board);
  const first = record.mayBeOn ? ", once it is off" : "";
  facility.log.warn({ note }, `${boardLabel(machine, record.board)}: released${first}: ${note}`);
}

/** A power-off has succeeded for boards of the allocation; for which it did not is said later. */
export function powerOffDone(
  facility: Facility,
  machine: RunningMachine,
  allocation: Allocation,
): void {
  for (const record of facility.quarantine.values()) {
    if (!record.mayBeOn || record.machineName !== machine.name || machine.isRemoved) continue;
    const board = boardOfIndex(record.board, machine.description);
    if (!holdsBoard(allocation, board, machine.description)) continue;
    putRecord(facility, { ...record, mayBeOn: false });
    showBoard(facility, machine, record.board);
  }
}

/**
 * Applies the records of a machine that was just added; `before` is what it replaces, if any. Returns
 * the boards of that one that the new one does not have and that may be on.
 */
export function quarantineNewMachine(
  facility: Facility,
  machine: RunningMachine,
  before: RunningMachine | undefined,
): readonly number[] {
  const boards = boardCount(machine.description);
  const moved: QuarantineRecord[] = [];
  const lost: number[] = [];
  for (const record of [...facility.quarantine.values()]) {
    if (record.machineName !== machine.name) continue;
    const index = before ? sameBoard(before, record.board, machine) : record.board;
    if (index === record.board && index < boards) continue;
    removeRecord(facility, record);
    if (index !== null && index < boards) moved.push({ ...record, board: index });
    else if (record.mayBeOn) lost.push(record.board);
  }
  // Only now: where one board moves to another may have been.
  for (const record of moved) putRecord(facility, record);
  for (let board = 0; board < boards; board++) showIfKeptBack(facility, machine, board);
  return lost;
}

/** Whether nobody may have the board, whatever the jobs. */
export function isKeptBack(facility: Facility, machine: RunningMachine, board: number): boolean {
  const record = facility.quarantine.get(quarantineKey(machine.name, board));
  if (record !== undefined && (record.held || record.mayBeOn)) return true;
  const bmp = machine.bmpOf(board);
  return bmp !== null && facility.silentBmps.has(bmp);
}

/** Writes to the bitmaps whether a board is kept back, when that has changed. */
export function showBoard(facility: Facility, machine: RunningMachine, board: number): void {
  const coordinate = boardOfIndex(board, machine.description);
  const keptBack = isKeptBack(facility, machine, board);
  if (machine.bitmaps.isQuarantined(coordinate) === keptBack) return;
  machine.bitmaps.setQuarantined(coordinate, keptBack);
  machine.queue.topologyChanged();
  facility.journal.wake();
}

function showIfKeptBack(facility: Facility, machine: RunningMachine, board: number): void {
  if (isKeptBack(facility, machine, board)) showBoard(facility, machine, board);
}

export function putRecord(facility: Facility, record: QuarantineRecord): void {
  const key = quarantineKey(record.machineName, record.board);
  facility.quarantine.set(key, record);
  facility.uncared.add(key);
  facility.journal.quarantine.put([record.machineName, record.board], () => record);
  facility.journal.wake();
}

function removeRecord(facility: Facility, record: QuarantineRecord): void {
  const key = quarantineKey(record.machineName, record.board);
  facility.quarantine.delete(key);
  facility.uncared.add(key);
  facility.journal.quarantine.delete([record.machineName, record.board]);
  facility.journal.wake();
}

export function withEvent(
  record: QuarantineRecord | undefined,
  event: QuarantineEvent,
): readonly QuarantineEvent[] {
  return [...(record?.history ?? []), event].slice(-HISTORY_LIMIT);
}

/** The index in `to` of the board that has the index in `from`, by where it is bolted in. */
function sameBoard(from: RunningMachine, board: number, to: RunningMachine): number | null {
  if (from === to) return board;
  const position = from.view.positionOf(boardOfIndex(board, from.description));
  const found = position && to.view.boardAt(position);
  return found ? boardIndex(found, to.description) : null;
}
