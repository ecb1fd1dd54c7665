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
 * A record is about the board at a BMP and board number (board-identity.ts), whatever machine has it at
 * present, or none. Its names are those of the machine that has it, or had it last.
 */

import type { Allocation } from "../../domain/allocation.js";
import { holdsBoard } from "../../domain/allocation.js";
import { boardOfIndex } from "../../domain/board.js";
import { andMoreBoards } from "../../domain/names.js";
import { type Actor, SERVER } from "../contract/actors.js";
import type { BoardFailure, PowerAction } from "../contract/ports.js";
import {
  type QuarantineCause,
  type QuarantineEvent,
  type QuarantineRecord,
  quarantineKey,
} from "../contract/records.js";
import { boardLabel, type EngineState } from "../state/engine-state.js";
import type { LiveMachine } from "../state/live-job.js";
import {
  type BoardId,
  findBoard,
  idOfBoard,
  keyOf,
  namesOf,
  recordEventBoard,
  recordLabel,
  recordOf,
} from "./board-identity.js";

/** Of a longer history the end is kept. */
const HISTORY_LIMIT = 20;

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
    { boards: failed.map(({ board }) => boardLabel(machine, board)), reason: first.reason },
    `${boardLabel(machine, first.board)}${andMoreBoards(failed.length - 1)}: quarantined: ${first.reason}`,
  );
}

export interface QuarantineGrounds {
  readonly reason: string;
  readonly cause: QuarantineCause;
  readonly mayBeOn: boolean;
  readonly actor: Actor;
}

/**
 * Quarantines a board, or notes that one in quarantine has failed again. One without BMP, which no job
 * gets, stays as it is.
 * @param machine that has the board, or had it when it failed
 */
export function quarantineBoard(
  state: EngineState,
  machine: LiveMachine,
  board: number,
  { reason, cause, mayBeOn, actor }: QuarantineGrounds,
): void {
  const id = idOfBoard(machine, board);
  if (id === null) return;
  const found = findBoard(state.machines, id);
  const now = found.find((other) => other.machine === machine) ?? found[0] ?? { machine, board };
  const before = state.quarantine.get(keyOf({ ...id, machineName: machine.name }));
  const active = before?.active === true ? before : null;
  const atMs = state.clock.nowMs();
  const hasFailedAgain = active !== null && actor.kind !== "operator";
  const record: QuarantineRecord = {
    ...id,
    ...namesOf(now),
    reason,
    sinceMs: active?.sinceMs ?? atMs,
    active: true,
    cause: strongestCause(active?.cause ?? cause, cause),
    mayBeOn: mayBeOn || before?.mayBeOn === true,
    occurrences: active?.occurrences ?? (before?.occurrences ?? 0) + 1,
    testsPassed: 0,
    testsFailed: active?.testsFailed ?? 0,
    testedAtMs: active?.testedAtMs ?? null,
    history: withEvent(before, {
      atMs,
      kind: hasFailedAgain ? "failed again" : "quarantined",
      note: reason,
    }),
  };
  const holder = now.machine.placed.at(boardOfIndex(now.board, now.machine.description));
  state.journal.tell({
    kind: "boardQuarantined",
    atMs,
    board: recordEventBoard(record),
    reason,
    cause: record.cause,
    again: active !== null,
    actor,
    jobId: holder?.jobId ?? null,
  });
  putRecord(state, record);
}

/** An operator knows best, and a board that failed itself is not excused by its BMP. */
function strongestCause(a: QuarantineCause, b: QuarantineCause): QuarantineCause {
  const causes = [a, b];
  return causes.includes("operator") ? "operator" : causes.includes("board") ? "board" : "bmp";
}

/** Gives a board back, for whatever reason is noted. */
export function releaseBoard(
  state: EngineState,
  record: QuarantineRecord,
  note: string,
  actor: Actor,
): void {
  const atMs = state.clock.nowMs();
  const board = recordEventBoard(record);
  state.journal.tell({ kind: "boardReleased", atMs, board, note, actor });
  const event: QuarantineEvent = { atMs, kind: "released", note };
  putRecord(state, { ...record, active: false, history: withEvent(record, event) });
  const first = record.mayBeOn ? ", once it is off" : "";
  const label = recordLabel(record);
  state.log.warn({ board: label, note }, `${label}: released${first}: ${note}`);
}

/** A power-off has succeeded for boards of the allocation; for which it did not is said later. */
export function notePowerOff(
  state: EngineState,
  machine: LiveMachine,
  allocation: Allocation,
): void {
  for (const record of state.quarantine.values()) {
    if (!record.mayBeOn || record.bmp === null) continue;
    const board = machine.boardOf(record.bmp, record.number);
    if (board === null) continue;
    const coordinates = boardOfIndex(board, machine.description);
    if (!holdsBoard(allocation, coordinates, machine.description)) continue;
    putRecord(state, { ...record, mayBeOn: false });
  }
}

/** Whether nobody may have the board, whatever the jobs. */
function isWithheld(state: EngineState, machine: LiveMachine, board: number): boolean {
  const record = recordOf(state, machine, board);
  if (record !== undefined && (record.active || record.mayBeOn)) return true;
  const bmp = machine.bmpOf(board);
  if (bmp === null) return false;
  if (state.silentBmps.has(bmp) || state.suspectBmps.has(bmp)) return true;
  return state.sharedBmps.has(bmp) && isBusyElsewhere(state, machine, board);
}

/** Whether another machine still has the board in use or in cooldown; see shared-frames.ts. */
function isBusyElsewhere(state: EngineState, machine: LiveMachine, board: number): boolean {
  const id = { bmp: machine.bmpOf(board), number: machine.numberInFrame(board)! };
  return findBoard(state.machines, id).some(
    (other) =>
      other.machine !== machine &&
      other.machine.bitmaps.isBusy(boardOfIndex(other.board, other.machine.description)),
  );
}

/** Writes to the bitmaps whether a board is withheld, when that has changed. */
export function updateWithheld(state: EngineState, machine: LiveMachine, board: number): void {
  const coordinate = boardOfIndex(board, machine.description);
  const isNow = isWithheld(state, machine, board);
  if (machine.bitmaps.isWithheld(coordinate) === isNow) return;
  machine.setWithheld(board, isNow);
  machine.queue.topologyChanged();
  state.withheldChanged.add(machine);
  state.journal.wake();
}

/** Tells, at the end of a turn, of which machines other boards are withheld. */
export function tellBoardsOut({ withheldChanged, journal, clock }: EngineState): void {
  for (const { name: machine, machineId, isRemoved } of withheldChanged) {
    if (isRemoved) continue;
    journal.tell({ kind: "machineBoardsWithheld", atMs: clock.nowMs(), machine, machineId });
  }
  withheldChanged.clear();
}

/** The same wherever the board is. */
function updateWithheldBoard(state: EngineState, id: BoardId): void {
  for (const { machine, board } of findBoard(state.machines, id)) {
    updateWithheld(state, machine, board);
  }
}

/** Keeps a record, and withholds its board or gives it back. */
export function putRecord(state: EngineState, record: QuarantineRecord): void {
  const key = keyOf(record);
  const { mayBeOn } = record;
  if ((state.quarantine.get(key)?.mayBeOn ?? false) !== mayBeOn) {
    const board = recordEventBoard(record);
    const event = { kind: "boardMayBeOn", atMs: state.clock.nowMs(), board, mayBeOn } as const;
    state.journal.tell(event, `board ${key} may be on`);
  }
  setRecord(state, record);
  updateWithheldBoard(state, record);
}

/** Keeps a record as it is, without telling anybody. */
export function setRecord(state: EngineState, record: QuarantineRecord): void {
  const key = keyOf(record);
  state.quarantine.set(key, record);
  toPlan(state, key);
  state.journal.quarantine.put(quarantineKey(record), () => record);
  state.journal.wake();
}

/** Forgets a record. */
export function removeRecord(state: EngineState, record: QuarantineRecord): void {
  const key = keyOf(record);
  state.quarantine.delete(key);
  toPlan(state, key);
  state.journal.quarantine.delete(quarantineKey(record));
  state.journal.wake();
  updateWithheldBoard(state, record);
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

export function withEvent(
  record: QuarantineRecord | undefined,
  event: QuarantineEvent,
): readonly QuarantineEvent[] {
  return [...(record?.history ?? []), event].slice(-HISTORY_LIMIT);
}
