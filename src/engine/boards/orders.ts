/** Orders to the BMPs. An order leaves only after the commit of what it belongs to. */
import type { Allocation } from "../../domain/allocation.js";
import { invariant } from "../../domain/invariant.js";
import type { PowerAction, PowerOrder, PowerOutcome } from "../contract/ports.js";
import type { EngineState } from "../state/engine-state.js";
import type { LiveMachine } from "../state/live-job.js";
import { forgetIfOff } from "../state/removed-machines.js";

export interface OrderRequest {
  /** Null for what the server does for itself. */
  readonly jobId: number | null;
  readonly machine: LiveMachine;
  readonly allocation: Allocation;
  readonly action: PowerAction;
  /** Indices of the boards it is about; all of the allocation when left out. */
  readonly boards?: readonly number[] | null;
}

/** Sends an order; `done` is called once with what came of it. Returns its id. */
export function submitOrder(
  state: EngineState,
  { jobId, machine, allocation, action, boards = null }: OrderRequest,
  done: (outcome: PowerOutcome) => void,
): number {
  state.lastOrderId += 1;
  const order: PowerOrder = {
    orderId: state.lastOrderId,
    jobId,
    machineId: machine.machineId,
    allocation,
    action,
    boards,
    // A check is never recorded, and what a dead server had begun of one is over in a moment.
    resumed: state.resuming && action !== "check",
  };
  state.orders.set(order.orderId, { jobId, machine, action, done });
  state.journal.afterCommit(() => state.bmp.submit(order));
  return order.orderId;
}

/** Takes in what the BMPs say of an order. */
export function finishOrder(state: EngineState, outcome: PowerOutcome): void {
  const order = state.orders.get(outcome.orderId);
  invariant(order !== undefined, () => `order ${outcome.orderId} is finished, but not under way`);
  state.orders.delete(outcome.orderId);
  order.done(outcome);
  forgetIfOff(state, order.machine);
}
