/**
 * Power of the boards of live jobs: commands of clients, and what the BMPs say came of them.
 *
 * Boards of a ready job may go dark behind the server's back: while it was down, or because they
 * shut themselves off. They are looked at ("check") after a start, when their BMP answers again, and
 * when it shows one dark. Those that are dark are brought back, only they; the job is in state power
 * meanwhile. A board that needs this too often is not worth a job: the job ends.
 */
import { boardOfIndex } from "../geometry/index.js";
import { retire } from "./destroying.js";
import { type Facility, jobChanged, machineChanged } from "./facility.js";
import type { LiveJob, Placement } from "./job.js";
import type { RunningMachine } from "./machine.js";
import { submitOrder } from "./orders.js";
import type { BoardFailure, PowerOutcome } from "./ports.js";
import { setFailedAside } from "./quarantine.js";
import { enqueue } from "./queueing.js";
import { releaseBoards } from "./resting.js";

/** How often a board is brought back for one job. */
const MOST_RESTORES = 2;

/** A power command. The last one given wins; it waits for the order that is under way. */
export function commandPower(facility: Facility, job: LiveJob, on: boolean): void {
  const { placement } = job;
  if (placement === null) return;
  placement.power = on;
  if (placement.orderId === null) orderPower(facility, job, placement);
  else {
    placement.orderAgain = true;
    // The command goes for all boards, and is recorded as such.
    placement.restoring = false;
  }
  jobChanged(facility, job);
}

/** Sends the order that brings the boards, all or some, into the state the job wants. */
export function orderPower(
  facility: Facility,
  job: LiveJob,
  placement: Placement,
  boards: readonly number[] | null = null,
): void {
  const { machine, allocation } = placement;
  const direction = placement.power ? "on" : "off";
  placement.orderAgain = false;
  placement.restoring = boards !== null;
  placement.orderId = submitOrder(
    facility,
    { jobId: job.jobId, machine, allocation, direction, boards },
    (outcome) => {
      setFailedAside(facility, machine, outcome.failures, direction);
      if (placement.orderId === outcome.orderId) jobOutcome(facility, job, placement, outcome);
    },
  );
}

function jobOutcome(
  facility: Facility,
  job: LiveJob,
  placement: Placement,
  { failures: [failure] }: PowerOutcome,
): void {
  if (job.placement !== placement) return;
  if (failure) {
    placementFailed(facility, job, placement, failure.reason);
  } else if (placement.orderAgain) {
    orderPower(facility, job, placement);
    jobChanged(facility, job);
  } else {
    placement.orderId = null;
    placement.restoring = false;
    placement.everReady = true;
    jobChanged(facility, job);
    if (placement.lookAgain) checkBoards(facility, job);
  }
}

/** Boards failed: a job that was never ready is placed elsewhere, any other one ends. */
function placementFailed(
  facility: Facility,
  job: LiveJob,
  placement: Placement,
  reason: string,
): void {
  job.failedPlacements += 1;
  if (placement.everReady || job.failedPlacements >= facility.settings.maxPlacements) {
    retire(facility, job, `Machine configuration failed. Error: ${reason}`);
    return;
  }
  facility.log.warn({ jobId: job.jobId }, `job ${job.jobId} is placed anew: ${reason}`);
  releaseBoards(facility, job, placement);
  machineChanged(facility, placement.machine);
  jobChanged(facility, job);
  enqueue(facility, job);
}

/** Places jobs elsewhere that were never ready and wait for a BMP that does not answer. */
export function leaveSilentBoards(
  facility: Facility,
  machine: RunningMachine,
  boards: readonly number[],
  reason: string,
): void {
  for (const job of jobsOn(machine, boards)) {
    const { placement } = job;
    if (placement && !placement.everReady) placementFailed(facility, job, placement, reason);
  }
}

/** Jobs that hold one of the boards, by dense index; oldest first. */
export function jobsOn(machine: RunningMachine, boards: readonly number[]): LiveJob[] {
  const jobs = new Set<LiveJob>();
  for (const board of boards) {
    const job = machine.placed.at(boardOfIndex(board, machine.description));
    if (job !== null) jobs.add(job);
  }
  return [...jobs].sort((a, b) => a.jobId - b.jobId);
}

/** Looks whether boards of a ready job are as they should be; those behind a silent BMP later. */
export function checkBoards(
  facility: Facility,
  job: LiveJob,
  boards: readonly number[] | null = null,
): void {
  const { placement } = job;
  if (placement === null) return;
  placement.lookAgain = placement.orderId !== null;
  if (placement.lookAgain) return;
  const { machine, allocation, power } = placement;
  const order = { jobId: job.jobId, machine, allocation };
  if (power) {
    submitOrder(facility, { ...order, direction: "check", boards }, ({ failures }) => {
      const dark = failures.filter(({ bmpSilent }) => bmpSilent !== true);
      if (job.placement === placement && dark.length > 0) restore(facility, job, placement, dark);
    });
  } else {
    // Off as well: harmless when they are, and nothing else shows whether they are.
    submitOrder(facility, { ...order, direction: "off", boards }, () => undefined);
  }
}

function restore(
  facility: Facility,
  job: LiveJob,
  placement: Placement,
  dark: readonly BoardFailure[],
): void {
  if (!placement.power || facility.stopping) return;
  placement.lookAgain = placement.orderId !== null;
  if (placement.lookAgain) return;
  for (const { board } of dark) {
    placement.restored.set(board, (placement.restored.get(board) ?? 0) + 1);
  }
  const hopeless = dark.filter(({ board }) => placement.restored.get(board)! > MOST_RESTORES);
  if (hopeless.length > 0) {
    setFailedAside(facility, placement.machine, hopeless, "on");
    placementFailed(facility, job, placement, hopeless[0]!.reason);
    return;
  }
  const reasons = dark.map(({ reason }) => reason);
  facility.log.warn(
    { jobId: job.jobId, reasons },
    `job ${job.jobId}: ${dark.length} of its boards went dark and are powered on again: ${reasons[0]}`,
  );
  orderPower(
    facility,
    job,
    placement,
    dark.map(({ board }) => board),
  );
  jobChanged(facility, job);
}
