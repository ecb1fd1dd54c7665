/**
 * Boards in quarantine: no job gets them.
 *
 *            fails, or an operator adds it
 *   (in use) ────────────► active ──self-tests passed, or an operator releases it──► released
 *                            ▲                                                         │
 *                            └───────────────────── fails again ──────────────────────┘
 *
 * No time that passes releases a board. A record stays when its board is released: it is the board's
 * history. `mayBeOn` says that the board counts as powered, because a power-off failed or a self-test
 * is under way; such a board is not given out either, active or not, until a power-off has succeeded.
 * Boards behind a BMP that does not answer are withheld as well, without a record
 * (inputs/bmp-observations.ts), and so are those of a frame under suspicion (suspect-frames.ts).
 *
 * A record bears the machine's name and the board's index; when a machine is laid out anew, the
 * records follow their boards by position.
 */

import type { Allocation } from "../../domain/allocation.js";
import { holdsBoard } from "../../domain/allocation.js";
import { boardIndex, boardOfIndex } from "../../domain/board.js";
import { andMoreBoards } from "../../domain/names.js";
import { type Actor, SERVER } from "../contract/actors.js";
import type { BoardFailure, PowerAction } from "../contract/ports.js";
import type { QuarantineCause, QuarantineEvent, QuarantineRecord } from "../contract/records.js";
import { boardLabel, type EngineState } from "../state/engine-state.js";
import { eventBoard } from "../state/event-facts.js";
import type { LiveMachine } from "../state/live-job.js";

/** Of a longer history the end is kept. */
const HISTORY_LIMIT = 20;

export function quarantineKey(machineName: string, board: number): string {
  return `${board} ${machineName}`;
}

/**
 * Quarantines the boards that failed an order of `machine`, which may be removed by now. A power-on that
 * failed is put down to the frame where that is under suspicion.
 * @param suspect also these
 */
export function quarantineFailedBoards(
  state: EngineState,
  machine: LiveMachine,
  failures: readonly BoardFailure[],
  action: PowerAction,
  suspect: ReadonlyMap<string, unknown> = new Map(),
): void {
  const failed = failures.filter(({ board, bmpSilent }) => {
    const bmp = machine.bmpOf(board);
    if (action !== "on" || bmpSilent === true || bmp === null) return true;
    return !state.suspectBmps.has(bmp) && !suspect.has(bmp);
  });
  const [first] = failed;
  if (first === undefined) return;
  for (const { board, reason, bmpSilent, mayBeOn } of failed) {
    quarantineBoard(state, machine, board, {
      reason,
      cause: bmpSilent === true ? "bmp" : "board",
      mayBeOn: action === "off" || mayBeOn === true,
      actor: SERVER,
    });
  }
  state.log.warn(
    { boards: failed.map(({ board }) => board), reason: first.reason },
    `${boardLabel(machine, first.board)}${andMoreBoards(failed.length - 1)}: quarantined: ${first.reason}`,
  );
}

export interface QuarantineGrounds {
  readonly reason: string;
  readonly cause: QuarantineCause;
  readonly mayBeOn: boolean;
  readonly actor: Actor;
}

/** Quarantines a board, or notes that one in quarantine has failed again. */
export function quarantineBoard(
  state: EngineState,
  machine: LiveMachine,
  board: number,
  { reason, cause, mayBeOn, actor }: QuarantineGrounds,
): void {
  const current = state.machines.find((other) => other.name === machine.name);
  const index = current ? sameBoard(machine, board, current) : board;
  if (index === null) return;
  const before = state.quarantine.get(quarantineKey(machine.name, index));
  const active = before?.active === true ? before : null;
  const now = state.clock.nowMs();
  const record: QuarantineRecord = {
    machineName: machine.name,
    board: index,
    reason,
    sinceMs: active?.sinceMs ?? now,
    active: true,
    cause: strongestCause(active?.cause ?? cause, cause),
    mayBeOn: mayBeOn || before?.mayBeOn === true,
    occurrences: active?.occurrences ?? (before?.occurrences ?? 0) + 1,
    testsPassed: 0,
    testsFailed: active?.testsFailed ?? 0,
    testedAtMs: active?.testedAtMs ?? null,
    history: withEvent(before, {
      atMs: now,
      kind: active ? "failed again" : "quarantined",
      note: reason,
    }),
  };
  const known = current ?? machine;
  state.journal.tell({
    kind: "boardQuarantined",
    atMs: now,
    board: eventBoard(known, index),
    reason,
    cause: record.cause,
    again: active !== null,
    actor,
    jobId: known.placed.at(boardOfIndex(index, known.description))?.jobId ?? null,
  });
  putRecord(state, known, record);
  if (current) updateWithheld(state, current, index);
}

/** An operator knows best, and a board that failed itself is not excused by its BMP. */
function strongestCause(a: QuarantineCause, b: QuarantineCause): QuarantineCause {
  const causes = [a, b];
  return causes.includes("operator") ? "operator" : causes.includes("board") ? "board" : "bmp";
}

/** Gives a board back, for whatever reason is noted. */
export function releaseBoard(
  state: EngineState,
  machine: LiveMachine,
  record: QuarantineRecord,
  note: string,
  actor: Actor,
): void {
  const atMs = state.clock.nowMs();
  const board = eventBoard(machine, record.board);
  state.journal.tell({ kind: "boardReleased", atMs, board, note, actor });
  const event: QuarantineEvent = { atMs, kind: "released", note };
  putRecord(state, machine, { ...record, active: false, history: withEvent(record, event) });
  updateWithheld(state, machine, record.board);
  const first = record.mayBeOn ? ", once it is off" : "";
  state.log.warn({ note }, `${boardLabel(machine, record.board)}: released${first}: ${note}`);
}

/** A power-off has succeeded for boards of the allocation; for which it did not is said later. */
export function notePowerOff(
  state: EngineState,
  machine: LiveMachine,
  allocation: Allocation,
): void {
  for (const record of state.quarantine.values()) {
    if (!record.mayBeOn || record.machineName !== machine.name || machine.isRemoved) continue;
    const board = boardOfIndex(record.board, machine.description);
    if (!holdsBoard(allocation, board, machine.description)) continue;
    putRecord(state, machine, { ...record, mayBeOn: false });
    updateWithheld(state, machine, record.board);
  }
}

/** Whether nobody may have the board, whatever the jobs. */
function isWithheld(state: EngineState, machine: LiveMachine, board: number): boolean {
  const record = state.quarantine.get(quarantineKey(machine.name, board));
  if (record !== undefined && (record.active || record.mayBeOn)) return true;
  const bmp = machine.bmpOf(board);
  return bmp !== null && (state.silentBmps.has(bmp) || state.suspectBmps.has(bmp));
}

/** Writes to the bitmaps whether a board is withheld, when that has changed. */
export function updateWithheld(state: EngineState, machine: LiveMachine, board: number): void {
  const coordinate = boardOfIndex(board, machine.description);
  const isNow = isWithheld(state, machine, board);
  if (machine.bitmaps.isWithheld(coordinate) === isNow) return;
  machine.bitmaps.setWithheld(coordinate, isNow);
  machine.queue.topologyChanged();
  state.journal.wake();
}

/** Keeps a record of a board of the machine. */
export function putRecord(
  state: EngineState,
  machine: LiveMachine,
  record: QuarantineRecord,
): void {
  const key = quarantineKey(record.machineName, record.board);
  const { mayBeOn } = record;
  if ((state.quarantine.get(key)?.mayBeOn ?? false) !== mayBeOn) {
    const board = eventBoard(machine, record.board);
    const event = { kind: "boardMayBeOn", atMs: state.clock.nowMs(), board, mayBeOn } as const;
    // Another layout of the machine has another id: there, the index may be another board's.
    state.journal.tell(event, `board ${record.board} of machine ${machine.machineId} may be on`);
  }
  setRecord(state, record);
}

/** Keeps a record as it is, without telling anybody. */
export function setRecord(state: EngineState, record: QuarantineRecord): void {
  const key = quarantineKey(record.machineName, record.board);
  state.quarantine.set(key, record);
  toPlan(state, key);
  state.journal.quarantine.put([record.machineName, record.board], () => record);
  state.journal.wake();
}

/** Has what is due for a board decided at the end of the turn. */
export function toPlan({ maintenanceToPlan }: EngineState, key: string): void {
  if (!maintenanceToPlan.has(key)) maintenanceToPlan.set(key, null);
}

/** Has what is due for a board done at once rather than when its time has come. */
export function maintainNow({ maintenanceToPlan, journal }: EngineState, key: string): void {
  maintenanceToPlan.set(key, 0);
  journal.wake();
}

export function removeRecord(state: EngineState, record: QuarantineRecord): void {
  const key = quarantineKey(record.machineName, record.board);
  state.quarantine.delete(key);
  toPlan(state, key);
  state.journal.quarantine.delete([record.machineName, record.board]);
  state.journal.wake();
}

export function withEvent(
  record: QuarantineRecord | undefined,
  event: QuarantineEvent,
): readonly QuarantineEvent[] {
  return [...(record?.history ?? []), event].slice(-HISTORY_LIMIT);
}

/** The index in `to` of the board that has the index in `from`, by where it is bolted in. */
function sameBoard(from: LiveMachine, board: number, to: LiveMachine): number | null {
  if (from === to) return board;
  const position = from.view.positionOf(boardOfIndex(board, from.description));
  const found = position && to.view.boardAt(position);
  return found ? boardIndex(found, to.description) : null;
}
