/** Puts the parts of the server together, and lets the engine take up what was saved. */

import { once } from "node:events";
import { createServer } from "node:net";
import type { Logger } from "pino";
import { startBmpWorker } from "../bmp/port.js";
import type { ConfigurationDescription } from "../config/description.js";
import type { SearchPort } from "../engine/contract/ports.js";
import type { Store } from "../engine/contract/store-port.js";
import { Engine } from "../engine/engine.js";
import {
  excludedCommands,
  graceCommands,
  type OperatorServer,
  operatorSocketPath,
  quarantineCommands,
  startOperatorServer,
} from "../operator/index.js";
import { type Server, startServer } from "../protocol/server.js";
import { createSearchPool } from "../search-pool/pool.js";
import { openLmdbStore, openToOthers } from "../store/index.js";
import { systemClock } from "./clock.js";
import { coldStartLines } from "./cold-start-lines.js";
import { ExitCode } from "./exit-code.js";
import { graceLine } from "./grace-line.js";
import type { ServerLog } from "./log/log.js";
import { tellMemory } from "./memory-lines.js";
import { checkFiles } from "./needs/needs.js";
import { ownFiles } from "./needs/open-files.js";
import type { ServeOptions } from "./options.js";
import { Reloads } from "./reload/reload.js";
import { reloadLines } from "./reload/reload-lines.js";
import { clearDamaged, type FoundState, found, load } from "./saved-state.js";
import type { StartSignals } from "./start-signals.js";
import { besideConfiguration } from "./state-directory.js";
import { stopServer } from "./stop.js";

const STANDARD_PORT = 22244;

interface Start {
  /** Absolute. */
  readonly configFile: string;
  /** Absolute; null for one beside the configuration. */
  readonly stateDirectory: string | null;
  /** What the file says, once that is known. */
  readonly configuration: Promise<ConfigurationDescription>;
  /** What in it is hardly meant; complete when the configuration is known. */
  readonly warnings: readonly string[];
  readonly options: ServeOptions;
  readonly serverLog: ServerLog;
  readonly signals: StartSignals;
}

/**
 * A server that serves, and stops on signals. What was begun of a start that fails is ended again.
 * @returns its address, for a person
 */
export async function start({
  configFile,
  stateDirectory,
  configuration: loading,
  warnings,
  options,
  serverLog,
  signals,
}: Start): Promise<{ readonly address: string }> {
  const { log } = serverLog;
  const fail = (what: string) => (error: unknown) => {
    log.fatal(
      { err: error },
      `${what} failed; the server exits. Nothing that was confirmed to a client is lost. Start it again and report this log`,
    );
    process.exit(ExitCode.cannotStart);
  };
  // Also promises that nobody waits for. What an unforeseen error left half done must not go on.
  process.on("uncaughtException", fail("the server"));
  const [configuration, search] = await signals.unlessStopped(
    Promise.all([loading, createSearchPool({ onError: fail("the search pool") })]),
  );
  for (const warning of warnings) log.warn(warning);
  checkFiles(configuration);
  const port = options.port ?? configuration.port ?? STANDARD_PORT;
  const directory = stateDirectory ?? besideConfiguration(configFile);
  const halt = { bmps: () => {} };
  const open = openToOthers(directory);
  if (open !== null) log.warn({ directory }, open);
  const store = await openLmdbStore({
    directory,
    durable: options.durable,
    breakLock: options.breakLock,
    salvage: options.salvage,
    log,
    onLost: (reason) => {
      // Whoever holds the state now answers for it: not another word to anybody, BMPs first.
      halt.bmps();
      log.fatal(
        { err: reason },
        "the state directory is lost: another server took it over, or it was removed or replaced. This server exits; make sure that only one server runs on it",
      );
      process.exit(ExitCode.cannotStart);
    },
  });
  try {
    signals.check();
    const opened = { configFile, directory, configuration, port, search, store, fail, halt };
    await startOn(opened, options, serverLog, signals);
  } catch (error) {
    // Left open, the state would say that the server was killed; closed, that the last one was not, whose
    // orders BMPs may still be carrying out.
    await store.close(true).catch((err: unknown) => {
      log.warn({ err }, "the state could not be closed after a failed start");
    });
    throw error;
  }
  return { address: `${configuration.ip || "all interfaces"}, port ${port}` };
}

interface Opened {
  readonly configFile: string;
  /** Of the state. */
  readonly directory: string;
  readonly configuration: ConfigurationDescription;
  readonly port: number;
  readonly search: SearchPort;
  readonly store: Store;
  /** Has no packet sent to BMPs any more; to be set when there is something to halt. */
  readonly halt: { bmps: () => void };
  readonly fail: (what: string) => (error: unknown) => void;
}

async function startOn(
  { configFile, directory, configuration, port, search, store, fail, halt }: Opened,
  options: ServeOptions,
  serverLog: ServerLog,
  signals: StartSignals,
): Promise<void> {
  const { log } = serverLog;
  const limits = configuration.clientLimits;
  const listening = { host: configuration.ip, port };
  const loaded = await load(store, options.coldStart);
  let state: FoundState;
  if (loaded !== null) state = found(store, loaded, configuration, options.coldStart);
  else {
    await ensureFree(listening);
    log.warn(
      "cold start: the saved state is damaged, and forgotten as a whole; any board may be on",
    );
    state = await clearDamaged(store, configuration);
  }
  const { saved, cold, lastServer } = state;
  const bmp = startBmpWorker({
    log,
    lastServer,
    onOutcome: (outcome) => engine.powerOutcome(outcome),
    onObservation: (observation) => engine.bmpObservation(observation),
    onError: fail("the BMP worker"),
  });
  halt.bmps = () => bmp.halt();
  const engine: Engine = new Engine({
    clock: systemClock,
    store,
    search,
    bmp,
    log,
  });
  let server: Server;
  try {
    server = await startServer({
      ...{ engine, ...listening, log, limits },
      ownFiles: ownFiles(configuration),
    });
    signals.check();
  } catch (error) {
    await bmp.stop();
    throw error;
  }
  // A cold start forgets here, when nothing can fail any more.
  const changes = engine.start(saved, configuration, {
    cold,
    // Of a machine whose record is excluded, any board may be on.
    areNewBoardsUnknown: store.excluded.some(({ table }) => table === "machines"),
  });
  const operator = await startOperatorSocket(directory, { engine, store, log });
  const portOption = options.port;
  const reloads = new Reloads({ configFile, configuration, portOption, engine, server, log });
  log.info(
    {
      machines: configuration.machines.map(({ name }) => name),
      jobs: (cold?.kept ?? saved).jobs.length - changes.endedJobs.length,
    },
    "started",
  );
  tellMemory(configuration, log);
  if (cold !== null) for (const line of coldStartLines(cold)) log.warn(line);
  else if (saved.machines.length > 0) for (const line of reloadLines(changes)) log.info(line);
  const grace = graceLine(engine.operator.jobsInGrace());
  if (grace !== null) log.info(grace);
  const running = { engine, server, store, bmp, operator };
  // Only then does it serve: whoever is told so may send a signal at once.
  signals.started({
    reload: () => reloads.add(),
    stop: (signal) => {
      const secondsToStop = reloads.configuration.secondsToStop;
      stopServer(signal, { ...running, secondsToStop }, serverLog).catch(fail("the stop"));
    },
  });
}

/** Null when it cannot be had: clients are served all the same. */
async function startOperatorSocket(
  stateDirectory: string,
  { engine, store, log }: { engine: Engine; store: Store; log: Logger },
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
        ...excludedCommands(store, log),
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

/** @throws the system's error when the address cannot be had */
async function ensureFree(address: { readonly host: string; readonly port: number }) {
  const server = createServer().listen({ port: address.port, ...(address.host !== "" && address) });
  await once(server, "listening");
  server.close();
  await once(server, "close");
}
