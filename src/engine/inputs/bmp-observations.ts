/**
 * What the BMPs show by themselves.
 *
 *   silent      the boards of its frame are withheld until it answers; jobs that wait for them to be
 *               powered on for the first time go elsewhere. Running jobs continue: a BMP only switches
 *   answering   the boards are there again; those of running jobs are checked, for the whole frame may
 *               have been without power. Boards quarantined for its silence are tested
 *   boardOff    a board that should be on is off: if a job runs on it, it is checked
 *   boardReset  somebody else reset a board; its links are stopped again. If a job runs on it, it goes
 *               on, and this is told: what it had on the board is gone
 *   boardFaulty a board is on, and not as it should be. A job that runs on it is not disturbed, and no
 *               other gets the board until it has passed self-tests
 *   boardOn     a board is on that is not known to be up for a job (found-on.ts)
 */
import { keyOf, recordOf } from "../boards/board-identity.js";
import { maintainNow, quarantineBoard, updateWithheld } from "../boards/quarantine.js";
import { powerOffOwed } from "../boards/self-tests.js";
import { SERVER } from "../contract/actors.js";
import type { BmpObservation } from "../contract/ports.js";
import { leaveBoards } from "../jobs/failed-placements.js";
import { checkBoards } from "../jobs/power.js";
import { boardLabel, type EngineState } from "../state/engine-state.js";
import { eventBoard } from "../state/event-facts.js";
import type { LiveJob, LiveMachine } from "../state/live-job.js";
import { jobsOn } from "../state/lookup.js";
import { boardFoundOn } from "./found-on.js";

export function observeBmp(state: EngineState, observation: BmpObservation): void {
  const { kind, bmp } = observation;
  if (kind === "silent") silent(state, bmp, observation.reason);
  else if (kind === "answering") answering(state, bmp);
  else if (kind === "boardOn") boardFoundOn(state, bmp, observation.board, observation.reason);
  else
    for (const found of jobsOnBoard(state, bmp, observation.board)) {
      const of = { ...found, reason: observation.reason };
      if (kind === "boardOff") boardOff(state, of);
      else if (kind === "boardReset") boardReset(state, of);
      else boardFaulty(state, of);
    }
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
  for (const machine of state.machinesById.values()) {
    if (machine.isRemoved) powerOffOwed(state, machine);
  }
}

/** A board on which a job runs, and what is wrong with it. */
interface FoundBoard {
  readonly job: LiveJob;
  readonly machine: LiveMachine;
  readonly index: number;
  readonly reason: string;
}

function boardOff(state: EngineState, { job, machine, index, reason }: FoundBoard): void {
  const atMs = state.clock.nowMs();
  const board = eventBoard(machine, index);
  const { jobId } = job;
  state.journal.tell({ kind: "boardUnexpectedlyOff", atMs, board, jobId, reason });
  checkBoards(state, job, [index]);
}

function boardReset(state: EngineState, { job, machine, index, reason }: FoundBoard): void {
  const atMs = state.clock.nowMs();
  const board = eventBoard(machine, index);
  const { jobId } = job;
  state.journal.tell({ kind: "boardReset", atMs, board, jobId, reason });
  state.log.warn(
    { jobId, reason },
    `job ${jobId}: ${boardLabel(machine, index)}: ${reason}. What was open is stopped again; what the job had on the board is gone`,
  );
}

function boardFaulty(state: EngineState, { job, machine, index, reason }: FoundBoard): void {
  const { jobId } = job;
  state.log.error(
    { jobId, reason },
    `job ${jobId}: ${boardLabel(machine, index)}: ${reason}. The job keeps the board as it is; no other job gets it until it has passed self-tests`,
  );
  quarantineBoard(state, machine, index, {
    reason,
    cause: "board",
    mayBeOn: false,
    actor: SERVER,
  });
}

function* jobsOnBoard(
  state: EngineState,
  bmp: string,
  number: number,
): Iterable<Omit<FoundBoard, "reason">> {
  for (const [machine, boards] of machinesBehind(state, bmp)) {
    const index = boards.find((board) => machine.numberInFrame(board) === number);
    if (index === undefined) continue;
    for (const job of jobsOn(machine, [index])) yield { job, machine, index };
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
