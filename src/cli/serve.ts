/**
 * Runs the server: starts it, and takes it apart again when told to stop.
 *
 *   start    the configuration is evaluated in its thread while this one loads the rest of the
 *            program and starts the search pool; then state directory, BMP worker, port; then the
 *            engine takes up what was saved. What fails ends the process with a reason on stderr.
 *   SIGHUP   the configuration is read again; a bad one changes nothing
 *   SIGINT, SIGTERM   no new clients or placements; the BMPs finish, the state is written, exit 0
 *   a second one      exit at once; what was committed is on disk
 */
import { resolve } from "node:path";
import { loadConfiguration } from "../config/load.js";
import { ExitCode } from "./command-line.js";
import type { LogFormat } from "./log.js";
import { reasonNotToStart } from "./start-errors.js";

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

/** Runs the server until it is told to stop; the process exits from within. */
export async function serve(file: string, options: ServeOptions): Promise<void> {
  const configFile = resolve(file);
  const configuration = loadConfiguration(configFile);
  // A large part of a start is the loading of modules; it must not wait for the configuration.
  const running = import("./start.js").then(({ start }) =>
    start({ configFile, configuration, options }),
  );
  try {
    // Whichever fails first is the reason.
    const [{ address }] = await Promise.all([running, configuration]);
    if (!options.quiet) process.stdout.write(`serving on ${address}\n`);
  } catch (error) {
    process.stderr.write(`spalloc-server cannot start: ${reasonNotToStart(error)}\n`);
    process.exit(ExitCode.cannotStart);
  }
}
