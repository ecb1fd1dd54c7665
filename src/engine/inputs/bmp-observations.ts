/**
 * What the BMPs show by themselves.
 *
 *   silent    the boards of its frame are kept back until it answers; jobs that wait for them to be
 *             powered on for the first time go elsewhere. Jobs that run go on: a BMP only switches
 *   answers   the boards are there again; those of running jobs are looked at, for it may have been
 *             the whole frame that was without power. Boards set aside for its silence are tested
 *   dark      a board that should be on is not: if a job runs on it, it is looked at
 */

import { quarantineKey, updateWithheld } from "../boards/quarantine.js";
import { maintainNow } from "../boards/self-tests.js";
import type { BmpObservation } from "../contract/ports.js";
import { checkBoards, jobsOn, leaveSilentBoards } from "../jobs/power.js";
import type { EngineState } from "../state/engine-state.js";
import type { LiveMachine } from "../state/live-job.js";

export function observeBmp(state: EngineState, observation: BmpObservation): void {
  if (observation.kind === "silent") silent(state, observation.bmp, observation.reason);
  else if (observation.kind === "answering") answers(state, observation.bmp);
  else dark(state, observation.bmp, observation.board);
}

function silent(state: EngineState, bmp: string, reason: string): void {
  if (state.silentBmps.has(bmp)) return;
  state.silentBmps.set(bmp, state.clock.nowMs());
  for (const [machine, boards] of machinesBehind(state, bmp)) {
    for (const board of boards) updateWithheld(state, machine, board);
    leaveSilentBoards(state, machine, boards, reason);
  }
}

function answers(state: EngineState, bmp: string): void {
  if (!state.silentBmps.delete(bmp)) return;
  for (const [machine, boards] of machinesBehind(state, bmp)) {
    for (const board of boards) {
      updateWithheld(state, machine, board);
      const key = quarantineKey(machine.name, board);
      const record = state.quarantine.get(key);
      if (record?.cause === "bmp" || record?.mayBeOn === true) maintainNow(state, key);
    }
    for (const job of jobsOn(machine, boards)) checkBoards(state, job);
  }
}

function dark(state: EngineState, bmp: string, number: number): void {
  for (const [machine, boards] of machinesBehind(state, bmp)) {
    const board = boards.find((index) => machine.numberInFrame(index) === number);
    if (board === undefined) continue;
    for (const job of jobsOn(machine, [board])) checkBoards(state, job, [board]);
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
