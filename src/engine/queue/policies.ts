/** The queue policies by their names in the configuration. */
import type { ConfigurationDescription } from "../../config/description.js";
import { FifoPolicy } from "./fifo.js";
import { OvertakePolicy } from "./overtake.js";
import type { QueuePolicy } from "./queue-policy.js";

export type QueueSettings = Pick<ConfigurationDescription, "queuePolicy" | "maxSecondsOvertaken">;

const POLICIES: Readonly<
  Record<QueueSettings["queuePolicy"], (settings: QueueSettings) => QueuePolicy>
> = {
  fifo: () => new FifoPolicy(),
  overtake: ({ maxSecondsOvertaken }) => new OvertakePolicy(maxSecondsOvertaken * 1000),
};

/** The policy that a configuration asks for. */
export function queuePolicyOf(settings: QueueSettings): QueuePolicy {
  return POLICIES[settings.queuePolicy](settings);
}
