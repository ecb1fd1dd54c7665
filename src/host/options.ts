/** How a server is to run, as the command line says. */
import type { LogFormat } from "./log/log.js";

export interface ServeOptions {
  readonly quiet: boolean;
  readonly coldStart: boolean;
  /** Null for the configuration's, or the standard one. */
  readonly port: number | null;
  /** Null for one beside the configuration. */
  readonly stateDirectory: string | null;
  readonly logFormat: LogFormat;
  readonly durable: "disk" | "relaxed";
  readonly breakLock: boolean;
  readonly salvage: boolean;
}
