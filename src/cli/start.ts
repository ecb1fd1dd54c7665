/** Puts the parts of the server together, and lets the engine take up what was saved. */
import type { Logger } from "pino";
import { type AdminServer, adminSocket, quarantineCommands, startAdmin } from "../admin/index.js";
import { createSearchPool } from "../allocation/pool.js";
import { startBmpWorker } from "../bmp/port.js";
import type { ConfigurationDescription } from "../config/description.js";
import { Engine } from "../engine/engine.js";
import { startServer } from "../server/server.js";
import { openStore } from "../store/lmdb-store.js";
import { ExitCode } from "./command-line.js";
import { createLog } from "./log.js";
import { reloadOn } from "./reloading.js";
import type { ServeOptions } from "./serve.js";
import { besideConfiguration } from "./state-directory.js";
import { stopOnSignals } from "./stopping.js";
import { systemClock } from "./system-clock.js";

const STANDARD_PORT = 22244;

interface Start {
  readonly configFile: string;
  /** What the file says, once that is known. */
  readonly configuration: Promise<ConfigurationDescription>;
  readonly options: ServeOptions;
}

/**
 * A server that serves, and stops on signals.
 * @returns its address, for a person
 */
export async function start({
  configFile,
  configuration: loading,
  options,
}: Start): Promise<{ readonly address: string }> {
  const log = await createLog({ quiet: options.quiet, format: options.logFormat });
  const fail = (what: string) => (error: unknown) => {
    log.fatal({ err: error }, `${what} failed; what was acknowledged is saved, start again`);
    process.exit(ExitCode.cannotStart);
  };
  const [configuration, search] = await Promise.all([
    loading,
    createSearchPool({ onError: fail("the search pool") }),
  ]);
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

  const bmp = startBmpWorker({
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
  // Only then does it serve: whoever is told so may send a signal at once.
  stopOnSignals({ engine, server, store, admin }, log);
  return { address: `${configuration.ip || "all interfaces"}, port ${port}` };
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
