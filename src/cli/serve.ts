/**
 * Puts the server together, runs it, and takes it apart again when told to stop.
 *
 *   start    configuration, state directory, port, BMP worker, search pool; then the engine takes up
 *            what was saved. What fails on the way ends the process with a reason on stderr.
 *   SIGHUP   the configuration is read again; a bad one changes nothing
 *   SIGINT, SIGTERM   no new clients or placements; the BMPs finish, the state is written, exit 0
 *   a second one      exit at once; what was committed is on disk
 */
import { resolve } from "node:path";
import type { Logger } from "pino";
import { type AdminServer, adminSocket, quarantineCommands, startAdmin } from "../admin/index.js";
import { createSearchPool } from "../allocation/pool.js";
import { startBmpWorker } from "../bmp/port.js";
import type { ConfigurationDescription } from "../config/description.js";
import { loadConfiguration } from "../config/load.js";
import { Engine } from "../engine/engine.js";
import { type Server, startServer } from "../server/server.js";
import { openStore, type Store } from "../store/lmdb-store.js";
import { ExitCode } from "./command-line.js";
import { createLog, type LogFormat } from "./log.js";
import { reloadOn } from "./reloading.js";
import { reasonNotToStart } from "./start-errors.js";
import { besideConfiguration } from "./state-directory.js";
import { systemClock } from "./system-clock.js";

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

const STANDARD_PORT = 22244;

/** Runs the server until it is told to stop; the process exits from within. */
export async function serve(configFile: string, options: ServeOptions): Promise<void> {
  const log = createLog({ quiet: options.quiet, format: options.logFormat });
  try {
    const running = await start(resolve(configFile), options, log);
    stopOnSignals(running, log);
    // Only now: whoever reads this may send a signal at once.
    if (!options.quiet) process.stdout.write(`serving on ${running.address}\n`);
  } catch (error) {
    process.stderr.write(`spalloc-server cannot start: ${reasonNotToStart(error)}\n`);
    process.exit(ExitCode.cannotStart);
  }
}

interface Running {
  readonly engine: Engine;
  readonly server: Server;
  readonly store: Store;
  readonly admin: AdminServer | null;
  /** For a person. */
  readonly address: string;
}

async function start(configFile: string, options: ServeOptions, log: Logger): Promise<Running> {
  const configuration = await loadConfiguration(configFile);
  const port = choosePort(configuration, options, log);
  const directory = options.stateDirectory ?? besideConfiguration(configFile);
  const store = openStore({
    directory,
    durable: options.durable,
    breakLock: options.breakLock,
    salvage: options.salvage,
    log,
  });
  if (options.coldStart) await store.clear();
  const saved = store.load();

  const fail = (what: string) => (error: unknown) => {
    log.fatal({ err: error }, `${what} failed; what was acknowledged is saved, start again`);
    process.exit(ExitCode.cannotStart);
  };
  const search = await createSearchPool({ onError: fail("the search pool") });
  const bmp = await startBmpWorker({
    log,
    afterKill: store.tookOver ? (options.coldStart ? "forgotten" : "known") : "no",
    onOutcome: (outcome) => engine.powerOutcome(outcome),
    onNews: (news) => engine.bmpNews(news),
    onError: fail("the BMP worker"),
  });
  const engine: Engine = new Engine({
    clock: systemClock,
    store,
    search,
    bmp,
    log,
    listener: {
      durable: (mark) => {
        server.durable(mark);
        admin?.durable(mark);
      },
      changed: (changes) => server.changed(changes),
    },
  });
  let admin: AdminServer | null = null;
  const server = await startServer({
    engine,
    host: configuration.ip,
    port,
    log,
    limits: configuration.clientLimits,
  });
  engine.start(saved, configuration);
  admin = await startOperatorSocket(directory, engine, log);
  reloadOn("SIGHUP", { configFile, configuration, engine, server, log });
  log.info(
    { machines: configuration.machines.map(({ name }) => name), jobs: saved.jobs.length },
    "started",
  );
  return {
    engine,
    server,
    store,
    admin,
    address: `${configuration.ip || "all interfaces"}, port ${port}`,
  };
}

/** Null when it cannot be had: clients are served all the same. */
async function startOperatorSocket(
  stateDirectory: string,
  engine: Engine,
  log: Logger,
): Promise<AdminServer | null> {
  try {
    return await startAdmin({
      socket: adminSocket(stateDirectory),
      commands: quarantineCommands({
        operator: engine.operator,
        machine: (name) => engine.machine(name),
      }),
      currentMark: () => engine.currentMark(),
      durableMark: () => engine.durableMark(),
      log,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error(`operators cannot reach this server (spalloc-server quarantine): ${reason}`);
    return null;
  }
}

function choosePort(
  configuration: ConfigurationDescription,
  options: ServeOptions,
  log: Logger,
): number {
  if (configuration.port === null) return options.port ?? STANDARD_PORT;
  log.warn("`port` in the configuration is deprecated: use --port on the command line instead");
  return options.port ?? configuration.port;
}

const STUCK_CHECK_MS = 500;

function stopOnSignals({ engine, server, store, admin }: Running, log: Logger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) {
      log.warn(`${signal} again: stopping at once; what was acknowledged is saved`);
      process.exit(ExitCode.interrupted);
    }
    stopping = true;
    log.info({ orders: engine.ordersUnderWay }, `${signal}: stopping when the BMPs are done`);
    server.stopAccepting();
    const finish = (): void => {
      admin?.close();
      clearInterval(watch);
      store.close().then(
        () => {
          log.info("stopped");
          process.exit(ExitCode.ok);
        },
        (error: unknown) => {
          log.fatal({ err: error }, "the last changes could not be saved");
          process.exit(ExitCode.cannotStart);
        },
      );
    };
    // A disk that takes nothing must not keep the server from stopping.
    const watch = setInterval(() => {
      if (engine.refusal() !== null) finish();
    }, STUCK_CHECK_MS);
    engine.stop(finish);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}
