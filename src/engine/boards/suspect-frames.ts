/**
 * Frames under suspicion: boards of one frame that fail one after the other, none of it coming up in
 * between, are more likely well than their BMP.
 *
 *   (well) ──boards failed in a row──► suspect ──a self-test of one of its boards is passed,──► (well)
 *                                                or an operator releases one
 *
 * All boards of a suspect frame are withheld. One that has not failed is quarantined and tested at once,
 * and again and again: it shows whether it was the frame. Those that failed are quarantined only once the
 * frame is cleared, each to be tested itself. Without self-tests no frame is suspected, for nothing could
 * clear it. Suspicion is not recorded: after a restart, boards that fail raise it anew.
 */
import { SERVER } from "../contract/actors.js";
import type { BoardFailure } from "../contract/ports.js";
import type { QuarantineRecord } from "../contract/records.js";
import { boardLabel, type EngineState } from "../state/engine-state.js";
import type { LiveMachine } from "../state/live-job.js";
import { findBoard, keyOf, keyOfBoard, recordOf } from "./board-identity.js";
import { maintainNow, quarantineBoard, updateWithheld } from "./quarantine.js";
import { isDead, isUnattended } from "./unattended.js";

/** Boards of a frame that have to fail in a row. */
const FAILED_BOARDS = 2;

/** By the BMP of a frame that is suspect from now on, the reason. */
export type Suspects = ReadonlyMap<string, string>;

export const NO_SUSPECTS: Suspects = new Map();

/**
 * Takes in how a power-on went.
 * @param ordered gives the indices of its boards, which came up if they did not fail
 */
export function notePowerOn(
  state: EngineState,
  machine: LiveMachine,
  ordered: () => readonly number[],
  failures: readonly BoardFailure[],
): Suspects {
  const { failedInARow } = state;
  if (failures.length === 0 && failedInARow.size === 0) return NO_SUSPECTS;
  const up = framesUp(machine, ordered(), failures);
  for (const bmp of up) failedInARow.delete(bmp);
  const suspect = new Map<string, string>();
  for (const { board, reason, bmpSilent } of failures) {
    const bmp = machine.bmpOf(board);
    if (bmp === null || bmpSilent === true || up.has(bmp)) continue;
    const failed = failedInARow.get(bmp) ?? new Map<number, string>();
    failedInARow.set(bmp, failed.set(machine.numberInFrame(board)!, reason));
    if (state.suspectBmps.has(bmp) || suspect.has(bmp)) continue;
    if (failed.size < FAILED_BOARDS || state.settings.selfTestMs === 0) continue;
    suspect.set(bmp, `${boardLabel(machine, board)}: ${reason}`);
  }
  return suspect;
}

/** BMPs behind which at least one of the boards came up. */
function framesUp(
  machine: LiveMachine,
  ordered: readonly number[],
  failures: readonly BoardFailure[],
): ReadonlySet<string> {
  const failed = new Set(failures.map(({ board }) => board));
  const up = new Set<string>();
  for (const board of ordered) {
    const bmp = failed.has(board) ? null : machine.bmpOf(board);
    if (bmp !== null) up.add(bmp);
  }
  return up;
}

/** Withholds all boards of the frame until one of them passes a self-test. */
export function suspectFrame(state: EngineState, bmp: string, reason: string): void {
  const atMs = state.clock.nowMs();
  state.suspectBmps.set(bmp, { sinceMs: atMs, reason, probe: null });
  state.journal.tell({ kind: "frameSuspected", atMs, bmp, reason }, `frame of BMP ${bmp}`);
  state.log.warn(
    { bmp, reason },
    `BMP ${bmp}: boards of its frame failed in a row, the last was ${reason}. ` +
      "No job gets a board of this frame until one of them passes a self-test or is released",
  );
  updateBoards(state, bmp);
  probeFrame(state, bmp);
}

/**
 * The frame is well: a board of it passed a self-test, or an operator says so. Boards that failed have to
 * pass one as well, unless somebody knows better.
 */
export function clearFrame(
  state: EngineState,
  bmp: string,
  how: string,
  { boardsAreWell = false } = {},
): void {
  const failed = state.failedInARow.get(bmp) ?? new Map<number, string>();
  state.failedInARow.delete(bmp);
  const suspicion = state.suspectBmps.get(bmp);
  if (suspicion === undefined) return;
  state.suspectBmps.delete(bmp);
  const atMs = state.clock.nowMs();
  const { sinceMs } = suspicion;
  state.journal.tell({ kind: "frameCleared", atMs, bmp, sinceMs }, `frame of BMP ${bmp}`);
  state.log.warn({ bmp }, `BMP ${bmp}: jobs get boards of its frame again: ${how}`);
  for (const [machine, boards] of updateBoards(state, bmp)) {
    for (const board of boardsAreWell ? [] : boards) {
      const reason = failed.get(machine.numberInFrame(board)!);
      if (reason === undefined || recordOf(state, machine, board)?.active === true) continue;
      const grounds = { reason, cause: "bmp", mayBeOn: false, actor: SERVER } as const;
      quarantineBoard(state, machine, board, grounds);
      maintainNow(state, keyOfBoard(machine, board)!);
    }
  }
}

/** Whether a board in quarantine is the one that is tested for its frame. */
export function isProbe({ suspectBmps }: EngineState, record: QuarantineRecord): boolean {
  if (suspectBmps.size === 0) return false;
  const key = keyOf(record);
  return [...suspectBmps.values()].some(({ probe }) => probe?.key === key);
}

/** Has a board of each suspect frame of the machine tested that has not been, if one is there by now. */
export function probeFrames(state: EngineState, machine: LiveMachine): void {
  for (const [bmp, { probe }] of state.suspectBmps) {
    const mayBeBetter = probe === null || probe.hasFailed;
    if (mayBeBetter && machine.boardsOfBmp(bmp).length > 0) probeFrame(state, bmp);
  }
}

/**
 * Has another board tested where the one that was is dead by now, gone, or in an operator's hands.
 * @param all also where there was none
 */
export function renewProbes(state: EngineState, all: boolean): void {
  for (const [bmp, suspicion] of state.suspectBmps) {
    const { probe } = suspicion;
    if (probe === null ? !all : isTested(state, probe.key)) continue;
    state.suspectBmps.set(bmp, { ...suspicion, probe: null });
    probeFrame(state, bmp);
  }
}

function isTested({ quarantine, machines }: EngineState, key: string): boolean {
  const record = quarantine.get(key);
  if (record?.active !== true || record.cause === "operator") return false;
  return findBoard(machines, record).some(({ machine, board }) => !isDead(machine, board));
}

/**
 * Quarantines and tests a board of the frame that nobody has: one that has not failed; one that has only
 * if there is no other, until there is.
 */
function probeFrame(state: EngineState, bmp: string): void {
  const suspicion = state.suspectBmps.get(bmp)!;
  const failed = state.failedInARow.get(bmp);
  const found = state.machines.flatMap((machine) =>
    boardsToProbe(state, machine, bmp).map((board) => ({
      machine,
      board,
      hasFailed: failed?.has(machine.numberInFrame(board)!) === true,
    })),
  );
  const best = found.find(({ hasFailed }) => !hasFailed) ?? found[0];
  if (best === undefined || (best.hasFailed && suspicion.probe !== null)) return;
  const { machine, board, hasFailed } = best;
  const key = keyOfBoard(machine, board)!;
  state.suspectBmps.set(bmp, { ...suspicion, probe: { key, hasFailed } });
  const reason = `it is tested for its frame, where boards failed in a row: ${suspicion.reason}`;
  const grounds = { reason, cause: "bmp", mayBeOn: false, actor: SERVER } as const;
  quarantineBoard(state, machine, board, grounds);
  maintainNow(state, key);
}

/** Boards behind the BMP that are neither dead nor in quarantine, and that nobody has. */
function boardsToProbe(state: EngineState, machine: LiveMachine, bmp: string): number[] {
  return machine.boardsOfBmp(bmp).filter((index) => {
    const record = recordOf(state, machine, index);
    const isQuarantined = record !== undefined && (record.active || record.mayBeOn);
    return !isQuarantined && !isDead(machine, index) && isUnattended(state, machine, index);
  });
}

/** Withholds the boards behind a BMP, or gives them back; returns them. */
function updateBoards(
  state: EngineState,
  bmp: string,
): readonly (readonly [LiveMachine, readonly number[]])[] {
  const found = state.machines.map((machine) => [machine, machine.boardsOfBmp(bmp)] as const);
  for (const [machine, boards] of found) {
    for (const board of boards) updateWithheld(state, machine, board);
  }
  return found;
}
