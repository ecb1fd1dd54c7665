/**
 * Power of the boards of live jobs: commands of clients, and what the BMPs say came of them.
 *
 * Boards of a ready job may be unexpectedly off: their power failed while the server was down, or they
 * shut themselves off. They are looked at ("check") after a start, when their BMP answers again, and
 * when it shows one off. Those that are off are brought back, only they; the job is in state power
 * meanwhile. A board that needs this too often is not worth a job: the job ends.
 */
import { boardsOf } from "../../domain/allocation.js";
import { boardIndex } from "../../domain/board.js";
import { counted } from "../../domain/counted.js";
import { submitOrder } from "../boards/orders.js";
import { quarantineFailedBoards } from "../boards/quarantine.js";
import { NO_SUSPECTS, notePowerOn } from "../boards/suspect-frames.js";
import { type Actor, SERVER } from "../contract/actors.js";
import type { BoardFailure, PowerOutcome } from "../contract/ports.js";
import { boardLabel, type EngineState, jobChanged } from "../state/engine-state.js";
import type { LiveJob, Placement } from "../state/live-job.js";
import { placementFailed, suspectFrames } from "./failed-placements.js";

/** How often a board is brought back for one job; bmp/retry-limits.ts has the other limits. */
const MOST_RESTORES = 2;

/** A power command. The last one given wins; it waits for the order that is under way. */
export function commandPower(state: EngineState, job: LiveJob, on: boolean, actor: Actor): void {
  const { placement } = job;
  if (placement === null) return;
  placement.power = on;
  if (placement.orderId === null) orderPower(state, job, placement);
  else {
    placement.orderAgain = true;
    // The command goes for all boards, and is recorded as such.
    placement.restoring = false;
  }
  tellPowerOrdered(state, job, placement, actor);
  jobChanged(state, job);
}

/** Tells that boards of a job, all or so many, are on their way to the state that it wants. */
export function tellPowerOrdered(
  { journal, clock }: EngineState,
  job: LiveJob,
  { power }: Placement,
  actor: Actor,
  boardCount: number | null = null,
): void {
  const atMs = clock.nowMs();
  journal.tell(
    { kind: "jobPowerOrdered", atMs, job: job.eventJob, power, boardCount, actor },
    `power of job ${job.jobId}`,
  );
}

/** Sends the order that brings the boards, all or some, into the state the job wants. */
export function orderPower(
  state: EngineState,
  job: LiveJob,
  placement: Placement,
  boards: readonly number[] | null = null,
): void {
  const { machine, allocation } = placement;
  const action = placement.power ? "on" : "off";
  placement.orderAgain = false;
  placement.restoring = boards !== null;
  placement.orderId = submitOrder(
    state,
    { jobId: job.jobId, machine, allocation, action, boards },
    (outcome) => {
      const { failures } = outcome;
      const isCurrent = job.placement === placement && placement.orderId === outcome.orderId;
      // An order that was cut short does not fail, whatever became of its boards.
      const ordered = isCurrent ? () => boards ?? indicesOf(placement) : () => [];
      const suspect =
        action === "on" ? notePowerOn(state, machine, ordered, failures) : NO_SUSPECTS;
      quarantineFailedBoards(state, machine, failures, action, suspect);
      if (isCurrent) jobOutcome(state, job, placement, outcome);
      suspectFrames(state, suspect);
    },
  );
}

function jobOutcome(
  state: EngineState,
  job: LiveJob,
  placement: Placement,
  { failures }: PowerOutcome,
): void {
  if (failures.length > 0) {
    boardsFailed(state, job, placement, failures);
  } else if (placement.orderAgain) {
    orderPower(state, job, placement);
    tellPowerOrdered(state, job, placement, SERVER);
    jobChanged(state, job);
  } else {
    placement.orderId = null;
    placement.restoring = false;
    placement.everReady = true;
    const { power } = placement;
    const atMs = state.clock.nowMs();
    state.journal.tell({ kind: "jobReady", atMs, job: job.eventJob, power });
    jobChanged(state, job);
    if (placement.needsRecheck) checkBoards(state, job);
  }
}

function boardsFailed(
  state: EngineState,
  job: LiveJob,
  placement: Placement,
  failures: readonly BoardFailure[],
): void {
  const boards = failures.map(({ board }) => board);
  placementFailed(state, job, placement, boards, named(placement, failures[0]!));
}

function indicesOf({ machine, allocation }: Placement): number[] {
  const { description } = machine;
  return boardsOf(allocation, description).map((board) => boardIndex(board, description));
}

/** "board [3, 1, 2] of machine spin (…): it is off: its 1.8 V supply is at 0.00 V". */
function named({ machine }: Placement, { board, reason }: BoardFailure): string {
  return `${boardLabel(machine, board)}: ${reason}`;
}

/** Looks whether boards of a ready job are as they should be; those behind a silent BMP later. */
export function checkBoards(
  state: EngineState,
  job: LiveJob,
  boards: readonly number[] | null = null,
): void {
  const { placement } = job;
  if (placement === null) return;
  placement.needsRecheck = placement.orderId !== null;
  if (placement.needsRecheck) return;
  const { machine, allocation, power } = placement;
  const order = { jobId: job.jobId, machine, allocation };
  if (power) {
    submitOrder(state, { ...order, action: "check", boards }, ({ failures }) => {
      const boardsOff = failures.filter(({ bmpSilent }) => bmpSilent !== true);
      if (job.placement === placement && boardsOff.length > 0)
        restore(state, job, placement, boardsOff);
    });
  } else {
    // Off as well: harmless when they are, and nothing else shows whether they are.
    submitOrder(state, { ...order, action: "off", boards }, () => undefined);
  }
}

function restore(
  state: EngineState,
  job: LiveJob,
  placement: Placement,
  boardsOff: readonly BoardFailure[],
): void {
  if (!placement.power || state.stopping) return;
  placement.needsRecheck = placement.orderId !== null;
  if (placement.needsRecheck) return;
  for (const { board } of boardsOff) {
    placement.restoreCounts.set(board, (placement.restoreCounts.get(board) ?? 0) + 1);
  }
  const hopeless = boardsOff.filter(
    ({ board }) => placement.restoreCounts.get(board)! > MOST_RESTORES,
  );
  if (hopeless.length > 0) {
    quarantineFailedBoards(state, placement.machine, hopeless, "on");
    boardsFailed(state, job, placement, hopeless);
    return;
  }
  const reasons = boardsOff.map((failure) => named(placement, failure));
  state.log.warn(
    { jobId: job.jobId, reasons },
    `job ${job.jobId}: ${counted(boardsOff.length, "board")} unexpectedly off, being powered on again: ${reasons[0]}`,
  );
  orderPower(
    state,
    job,
    placement,
    boardsOff.map(({ board }) => board),
  );
  tellPowerOrdered(state, job, placement, SERVER, boardsOff.length);
  jobChanged(state, job);
}
