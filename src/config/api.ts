/** The names a configuration file can use: from "spalloc-server", or as globals. */
export * from "../domain/board.js";
export * from "../domain/chips.js";
export * from "../domain/links.js";
export type { DeadLink, FramePosition, MachineDescription } from "../domain/machine.js";
export type { ClientLimits } from "./client-limits.js";
export {
  Configuration,
  type ConfigurationFields,
} from "./configuration.js";
export type { ConfigurationDescription } from "./description.js";
export { ConfigurationError, type ConfigurationErrorCode } from "./error.js";
export {
  type BmpIps,
  type BoardLocations,
  type Entries,
  Machine,
  type MachineFields,
  type SingleBoardFields,
  type SpinnakerIps,
  type StandardIpsFields,
} from "./machine.js";
export { boardLocationsFromSpinner } from "./spinner.js";
