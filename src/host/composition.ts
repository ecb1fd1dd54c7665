/** Puts the parts of the server together, and lets the engine take up what was saved. */

import type { Logger } from "pino";
import { startBmpWorker } from "../bmp/port.js";
import type { ConfigurationDescription } from "../config/description.js";
import { Engine } from "../engine/engine.js";
import {
  graceCommands,
  type OperatorServer,
  operatorSocketPath,
  quarantineCommands,
  startOperatorServer,
} from "../operator/index.js";
import { startServer } from "../protocol/server.js";
import { createSearchPool } from "../search-pool/pool.js";
import { openLmdbStore } from "../store/index.js";
import { systemClock } from "./clock.js";
import { ExitCode } from "./exit-code.js";
import { graceLine } from "./grace-line.js";
import { createLog } from "./log.js";
import type { ServeOptions } from "./options.js";
import { reloadOnSignal } from "./reload.js";
import { reloadLines } from "./reload-lines.js";
import { besideConfiguration } from "./state-directory.js";
import { stopOnSignals } from "./stop.js";

const STANDARD_PORT = 22244;

interface Start {
  readonly configFile: string;
  /** What the file says, once that is known. */
  readonly configuration: Promise<ConfigurationDescription>;
  /** What in it is hardly meant; complete when the configuration is known. */
  readonly warnings: readonly string[];
  readonly options: ServeOptions;
}

/**
 * A server that serves, and stops on signals.
 * @returns its address, for a person
 */
export async function start({
  configFile,
  configuration: loading,
  warnings,
  options,
}: Start): Promise<{ readonly address: string }> {
  const log = await createLog({ quiet: options.quiet, format: options.logFormat });
  const fail = (what: string) => (error: unknown) => {
    log.fatal(
      { err: error },
      `${what} failed; the server exits. Nothing that was confirmed to a client is lost. Start it again and report this log`,
    );
    process.exit(ExitCode.cannotStart);
  };
  // Also promises that nobody waits for. What an unforeseen error left half done must not go on.
  process.on("uncaughtException", fail("the server"));
  const [configuration, search] = await Promise.all([
    loading,
    createSearchPool({ onError: fail("the search pool") }),
  ]);
  for (const warning of warnings) log.warn(warning);
  const port = options.port ?? configuration.port ?? STANDARD_PORT;
  const directory = options.stateDirectory ?? besideConfiguration(configFile);
  const store = await openLmdbStore({
    directory,
    durable: options.durable,
    breakLock: options.breakLock,
    salvage: options.salvage,
    log,
    onLost: (reason) => {
      // Whoever holds the state now answers for it: not another word to anybody.
      log.fatal(
        { err: reason },
        "the state directory is lost: another server took it over, or it was removed or replaced. This server exits; make sure that only one server runs on it",
      );
      process.exit(ExitCode.cannotStart);
    },
  });
  if (options.coldStart) await store.clear();
  const saved = await store.load();

  const bmp = startBmpWorker({
    log,
    lastServer: store.leftOpen ? (options.coldStart ? "killedOrdersUnknown" : "killed") : "closed",
    onOutcome: (outcome) => engine.powerOutcome(outcome),
    onObservation: (observation) => engine.bmpObservation(observation),
    onError: fail("the BMP worker"),
  });
  const engine: Engine = new Engine({
    clock: systemClock,
    store,
    search,
    bmp,
    log,
  });
  const server = await startServer({
    engine,
    host: configuration.ip,
    port,
    log,
    limits: configuration.clientLimits,
  });
  const changes = engine.start(saved, configuration, {
    // A state that was never used is empty, and says all there is to say.
    areBoardsUnknown: (options.coldStart || options.salvage) && saved.counters.nextMachineId > 1,
  });
  const operator = await startOperatorSocket(directory, engine, log);
  reloadOnSignal("SIGHUP", {
    configFile,
    configuration,
    portOption: options.port,
    engine,
    server,
    log,
  });
  log.info(
    {
      machines: configuration.machines.map(({ name }) => name),
      jobs: saved.jobs.length - changes.endedJobs.length,
    },
    "started",
  );
  if (saved.machines.length > 0) for (const line of reloadLines(changes)) log.info(line);
  const grace = graceLine(engine.operator.jobsInGrace());
  if (grace !== null) log.info(grace);
  // Only then does it serve: whoever is told so may send a signal at once.
  stopOnSignals({ engine, server, store, bmp, operator }, log);
  return { address: `${configuration.ip || "all interfaces"}, port ${port}` };
}

/** Null when it cannot be had: clients are served all the same. */
async function startOperatorSocket(
  stateDirectory: string,
  engine: Engine,
  log: Logger,
): Promise<OperatorServer | null> {
  try {
    return await startOperatorServer({
      socket: operatorSocketPath(stateDirectory),
      commands: {
        ...quarantineCommands({
          operator: engine.operator,
          machine: (name) => engine.machine(name),
          machines: () => engine.machines(),
        }),
        ...graceCommands(engine.operator),
      },
      currentMark: () => engine.currentMark(),
      whenDurable: (mark, callback) => engine.whenDurable(mark, callback),
      log,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error(
      `no operator's socket (${reason}): \`spalloc-server quarantine\` and \`grace\` cannot reach this server, clients are served all the same`,
    );
    return null;
  }
}
