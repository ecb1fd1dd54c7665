/** Power of the boards of live jobs: commands of clients, and what the BMPs say came of them. */
import { retire } from "./destroying.js";
import { type Facility, jobChanged, machineChanged } from "./facility.js";
import type { LiveJob, Placement } from "./job.js";
import { submitOrder } from "./orders.js";
import type { BoardFailure, PowerOutcome } from "./ports.js";
import { quarantineBoard } from "./quarantine.js";
import { enqueue } from "./queueing.js";
import { releaseBoards, restOutcome } from "./resting.js";

/** A power command. The last one given wins; it waits for the order that is under way. */
export function commandPower(facility: Facility, job: LiveJob, on: boolean): void {
  const { placement } = job;
  if (placement === null) return;
  placement.power = on;
  if (placement.orderId === null) orderPower(facility, job, placement);
  else placement.orderAgain = true;
  jobChanged(facility, job);
}

/** Sends the order that brings the boards into the state the job wants. */
export function orderPower(facility: Facility, job: LiveJob, placement: Placement): void {
  placement.orderAgain = false;
  placement.orderId = submitOrder(facility, job, placement, placement.power ? "on" : "off");
}

/** Takes in what the BMPs say of an order. Boards that failed are set aside, whoever had them. */
export function powerOutcome(facility: Facility, { orderId, failures }: PowerOutcome): void {
  const order = facility.orders.get(orderId);
  if (order === undefined) return;
  facility.orders.delete(orderId);
  for (const failure of failures) quarantineBoard(facility, order.machine, failure);
  const { target } = order;
  if ("restId" in target) restOutcome(facility, target);
  else if (target.placement?.orderId === orderId) {
    jobOutcome(facility, target, target.placement, failures[0]);
  }
}

function jobOutcome(
  facility: Facility,
  job: LiveJob,
  placement: Placement,
  failure: BoardFailure | undefined,
): void {
  if (failure) {
    placementFailed(facility, job, placement, failure.reason);
  } else if (placement.orderAgain) {
    orderPower(facility, job, placement);
    jobChanged(facility, job);
  } else {
    placement.orderId = null;
    placement.everReady = true;
    jobChanged(facility, job);
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
  if (placement.everReady || job.failedPlacements > facility.settings.maxFailedPlacements) {
    retire(facility, job, `Machine configuration failed. Error: ${reason}`);
    return;
  }
  facility.log.warn({ jobId: job.jobId }, `job ${job.jobId} is placed anew: ${reason}`);
  releaseBoards(facility, job, placement);
  machineChanged(facility, placement.machine);
  jobChanged(facility, job);
  enqueue(facility, job);
}
