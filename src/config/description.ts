/**
 * The plain description that a configuration file boils down to: JSON, checked,
 * defaults filled in. It is all that crosses from the config process to the rest of the server.
 */
import type { MachineDescription } from "../domain/machine.js";
import type { CONFIGURATION_FIELDS } from "./configuration-fields.js";
import type { Values } from "./fields/field.js";

export { QUEUE_POLICIES } from "./queue-policy.js";

export interface ConfigurationDescription
  extends Omit<Values<typeof CONFIGURATION_FIELDS>, "machines"> {
  /** Highest priority first. */
  readonly machines: readonly MachineDescription[];
}
