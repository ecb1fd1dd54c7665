/** The names a configuration file can use: from "spalloc-server", or as globals. */
export * from "../domain/board.js";
export * from "../domain/chips.js";
export * from "../domain/links.js";
export type { DeadLink, FramePosition, MachineDescription } from "../domain/machine.js";
export type { ClientLimits } from "./client-limits.js";
export { Configuration } from "./configuration.js";
export type { ConfigurationFields } from "./configuration-fields.js";
export type { ConfigurationDescription } from "./description.js";
export { ConfigurationError, type ConfigurationErrorCode } from "./error.js";
export type { Entries } from "./fields/collections.js";
export { Machine } from "./machine/machine.js";
export type {
  BmpIps,
  BoardLocations,
  MachineFields,
  SingleBoardFields,
  SpinnakerIps,
  StandardIpsFields,
} from "./machine/machine-fields.js";
export { boardLocationsFromSpinner } from "./machine/spinner.js";
