/**
 * Runs the server: starts it, and takes it apart again when told to stop.
 *
 *   start    the configuration is evaluated in its process while this one loads the rest of the
 *            program and starts the search pool; then state directory, BMP worker, port; then the
 *            engine takes up what was saved. What fails ends the process with a reason on stderr.
 *   SIGHUP   the configuration is read again; a bad one changes nothing. During the start: after it
 *   SIGINT, SIGTERM, SIGQUIT   stop.ts; during the start, it is given up
 *   a second one of these      exit at once; what was committed is on disk
 */

import { resolve } from "node:path";
import type { Logger } from "pino";
import { absolutePathOf } from "../config-loading/directory.js";
import { loadConfiguration, type Printed } from "../config-loading/load.js";
import { ExitCode } from "./exit-code.js";
import { unmetNeed } from "./needs/needs.js";
import type { ServeOptions } from "./options.js";
import { printError } from "./print.js";
import { processSignals } from "./signals.js";
import { reasonNotToStart } from "./start-errors.js";
import { StartGivenUp, StartSignals } from "./start-signals.js";

/** Runs the server until it is told to stop; the process exits from within. */
export async function serve(file: string, options: ServeOptions): Promise<void> {
  ignoreSurroundings();
  const stateDirectory = options.stateDirectory && resolve(options.stateDirectory);
  const configFile = absolutePathOf(file);
  // The directory where it was started may be removed, or be on a disk that goes away.
  process.chdir("/");
  const printed = new PrintedLines();
  const warnings: string[] = [];
  const warn = (warning: string) => warnings.push(warning);
  const need = unmetNeed();
  const configuration =
    need === null
      ? loadConfiguration(configFile, { log: printed.take, warn })
      : Promise.reject<never>(need);
  // What is wrong with it is told where it is waited for.
  configuration.catch(() => {});
  const { createLog } = await import("./log/log.js");
  const serverLog = await createLog({ quiet: options.quiet, format: options.logFormat });
  const { log } = serverLog;
  const { logForeignLines, printedByConfiguration } = await import("./log/foreign-lines.js");
  logForeignLines(log);
  printed.to(printedByConfiguration(log, configFile));
  const signals = new StartSignals(processSignals, log);
  try {
    if (need !== null) throw need;
    // A large part of a start is the loading of modules; it must not wait for the configuration.
    const { start } = await import("./composition.js");
    const where = { configFile, stateDirectory };
    const { address } = await start({
      ...where,
      ...{ configuration, warnings, options, serverLog, signals },
    });
    if (!options.quiet) serverLog.announce(`serving on ${address}`);
  } catch (error) {
    if (error instanceof StartGivenUp) {
      log.info(`${error.signal} during the start: stopped; the state is as it was`);
      await serverLog.drained();
      process.exit(ExitCode.ok);
    }
    sayWhyNot(`spalloc-server cannot start: ${reasonNotToStart(error)}`, options, log);
    await serverLog.drained();
    process.exit(ExitCode.cannotStart);
  }
}

/**
 * What the server does must not depend on where and how it was started. Its files are its own to use
 * and nobody else's to read or write, whatever the umask.
 */
function ignoreSurroundings(): void {
  process.umask(0o077);
  // By this, LMDB would put another file in the place of the state.
  delete process.env["LMDB_RESTORE"];
}

/**
 * What a configuration prints before there is a log to take it. @see printedByConfiguration
 */
class PrintedLines {
  private readonly early: Parameters<Printed>[] = [];
  private target: Printed | null = null;

  readonly take: Printed = (...printed) => {
    if (this.target === null) this.early.push(printed);
    else this.target(...printed);
  };

  to(target: Printed): void {
    this.target = target;
    for (const printed of this.early.splice(0)) target(...printed);
  }
}

/** For a person without time and severity; otherwise a line of the log. */
function sayWhyNot(reason: string, { logFormat }: ServeOptions, log: Logger): void {
  if (logFormat === "json") log.fatal(reason);
  else printError(reason);
}
