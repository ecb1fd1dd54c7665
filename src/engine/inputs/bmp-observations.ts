/**
 * What the BMPs show by themselves.
 *
 *   silent      the boards of its frame are withheld until it answers; jobs that wait for them to be
 *               powered on for the first time go elsewhere. Running jobs continue: a BMP only switches
 *   answering   the boards are there again; those of running jobs are checked, for the whole frame may
 *               have been without power. Boards quarantined for its silence are tested
 *   boardOff    a board that should be on is off: if a job runs on it, it is checked
 */
import { keyOf, recordOf } from "../boards/board-identity.js";
import { maintainNow, updateWithheld } from "../boards/quarantine.js";
import type { BmpObservation } from "../contract/ports.js";
import { leaveBoards } from "../jobs/failed-placements.js";
import { checkBoards } from "../jobs/power.js";
import type { EngineState } from "../state/engine-state.js";
import { eventBoard } from "../state/event-facts.js";
import type { LiveMachine } from "../state/live-job.js";
import { jobsOn } from "../state/lookup.js";

export function observeBmp(state: EngineState, observation: BmpObservation): void {
  if (observation.kind === "silent") silent(state, observation.bmp, observation.reason);
  else if (observation.kind === "answering") answering(state, observation.bmp);
  else boardOff(state, observation.bmp, observation.board, observation.reason);
}

function silent(state: EngineState, bmp: string, reason: string): void {
  if (state.silentBmps.has(bmp)) return;
  const atMs = state.clock.nowMs();
  state.silentBmps.set(bmp, atMs);
  state.journal.tell({ kind: "bmpSilent", atMs, bmp, reason }, `BMP ${bmp}`);
  for (const [machine, boards] of machinesBehind(state, bmp)) {
    for (const board of boards) updateWithheld(state, machine, board);
    leaveBoards(state, machine, boards, reason);
  }
}

function answering(state: EngineState, bmp: string): void {
  const silentSinceMs = state.silentBmps.get(bmp);
  if (silentSinceMs === undefined) return;
  state.silentBmps.delete(bmp);
  const atMs = state.clock.nowMs();
  state.journal.tell({ kind: "bmpAnswering", atMs, bmp, silentSinceMs }, `BMP ${bmp}`);
  for (const [machine, boards] of machinesBehind(state, bmp)) {
    for (const board of boards) {
      updateWithheld(state, machine, board);
      const record = recordOf(state, machine, board);
      if (record === undefined) continue;
      if (record.cause === "bmp" || record.mayBeOn) maintainNow(state, keyOf(record));
    }
    for (const job of jobsOn(machine, boards)) checkBoards(state, job);
  }
}

function boardOff(state: EngineState, bmp: string, number: number, reason: string): void {
  for (const [machine, boards] of machinesBehind(state, bmp)) {
    const index = boards.find((board) => machine.numberInFrame(board) === number);
    if (index === undefined) continue;
    for (const job of jobsOn(machine, [index])) {
      const atMs = state.clock.nowMs();
      const board = eventBoard(machine, index);
      const { jobId } = job;
      state.journal.tell({ kind: "boardUnexpectedlyOff", atMs, board, jobId, reason });
      checkBoards(state, job, [index]);
    }
  }
}

function* machinesBehind(
  { machines }: EngineState,
  bmp: string,
): Iterable<readonly [LiveMachine, readonly number[]]> {
  for (const machine of machines) {
    const boards = machine.boardsOfBmp(bmp);
    if (boards.length > 0) yield [machine, boards];
  }
}
