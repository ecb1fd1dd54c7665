/** Orders to the BMPs. An order leaves only after the commit of what it belongs to. */
import type { Facility, Rest } from "./facility.js";
import type { LiveJob } from "./job.js";
import type { RunningMachine } from "./machine.js";
import type { PowerDirection, PowerOrder } from "./ports.js";

/** Orders the boards of a job or of a rest on or off; returns the id its outcome will bear. */
export function submitOrder(
  facility: Facility,
  target: LiveJob | Rest,
  { machine, allocation }: { machine: RunningMachine; allocation: PowerOrder["allocation"] },
  direction: PowerDirection,
): number {
  facility.lastOrderId += 1;
  const order: PowerOrder = {
    orderId: facility.lastOrderId,
    jobId: target.jobId,
    machineId: machine.machineId,
    allocation,
    direction,
  };
  facility.orders.set(order.orderId, { target, machine });
  facility.journal.afterCommit(() => facility.bmp.submit(order));
  return order.orderId;
}
