/** Orders to the BMPs. An order leaves only after the commit of what it belongs to. */
import type { Allocation } from "../allocation/types.js";
import type { Facility } from "./facility.js";
import type { RunningMachine } from "./machine.js";
import type { PowerDirection, PowerOrder, PowerOutcome } from "./ports.js";
import { forgetRemoved } from "./removed.js";

export interface OrderRequest {
  /** NO_JOB for what the server does for itself. */
  readonly jobId: number;
  readonly machine: RunningMachine;
  readonly allocation: Allocation;
  readonly direction: PowerDirection;
  /** Dense indices of the boards it is about; all of the allocation when left out. */
  readonly boards?: readonly number[] | null;
}

/** Sends an order; `done` is called once with what came of it. Returns its id. */
export function submitOrder(
  facility: Facility,
  { jobId, machine, allocation, direction, boards = null }: OrderRequest,
  done: (outcome: PowerOutcome) => void,
): number {
  facility.lastOrderId += 1;
  const order: PowerOrder = {
    orderId: facility.lastOrderId,
    jobId,
    machineId: machine.machineId,
    allocation,
    direction,
    boards,
    // A check is never recorded, and what a dead server had begun of one is over in a moment.
    resumed: facility.resuming && direction !== "check",
  };
  facility.orders.set(order.orderId, { machine, done });
  facility.journal.afterCommit(() => facility.bmp.submit(order));
  return order.orderId;
}

/** Takes in what the BMPs say of an order. */
export function orderDone(facility: Facility, outcome: PowerOutcome): void {
  const order = facility.orders.get(outcome.orderId);
  if (order === undefined) return;
  facility.orders.delete(outcome.orderId);
  order.done(outcome);
  forgetRemoved(facility, order.machine);
}
