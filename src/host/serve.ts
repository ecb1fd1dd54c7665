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
import { loadConfiguration } from "../config-loading/load.js";
import { ExitCode } from "./exit-code.js";
import type { ServeOptions } from "./options.js";
import { reasonNotToStart } from "./start-errors.js";

/** Runs the server until it is told to stop; the process exits from within. */
export async function serve(file: string, options: ServeOptions): Promise<void> {
  const configFile = resolve(file);
  const warnings: string[] = [];
  const warn = (warning: string) => warnings.push(warning);
  const configuration = loadConfiguration(configFile, { warn });
  // A large part of a start is the loading of modules; it must not wait for the configuration.
  const running = import("./composition.js").then(({ start }) =>
    start({ configFile, configuration, warnings, options }),
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
