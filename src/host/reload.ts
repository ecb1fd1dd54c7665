/** Reading the configuration again while jobs run. One at a time; a bad one changes nothing. */
import type { Logger } from "pino";
import type { ConfigurationDescription } from "../config/description.js";
import { loadConfiguration } from "../config-loading/load.js";
import type { Engine } from "../engine/engine.js";
import type { Server } from "../protocol/server.js";
import { reloadLines } from "./reload-lines.js";

interface Reloadable {
  readonly configFile: string;
  /** The configuration that runs when the first signal comes. */
  readonly configuration: ConfigurationDescription;
  readonly engine: Engine;
  readonly server: Server;
  readonly log: Logger;
}

export function reloadOnSignal(signal: NodeJS.Signals, world: Reloadable): void {
  let { configuration } = world;
  let last: Promise<void> = Promise.resolve();
  process.on(signal, () => {
    last = last.then(async () => {
      configuration = await reload(world, configuration);
    });
  });
}

/** @returns what runs now: the file's configuration, or the one before when the file is bad. */
async function reload(
  { configFile, engine, server, log }: Reloadable,
  before: ConfigurationDescription,
): Promise<ConfigurationDescription> {
  let configuration: ConfigurationDescription;
  try {
    configuration = await loadConfiguration(configFile);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error(`the configuration is not read again, the running one stays: ${reason}`);
    return before;
  }
  const plan = engine.reconfigure(configuration);
  server.limit(configuration.clientLimits);
  const machines = configuration.machines.map(({ name }) => name);
  log.info({ machines }, `the configuration was read again: ${configFile}`);
  for (const line of reloadLines(plan)) log.info(line);
  if (configuration.ip === before.ip) return configuration;
  try {
    await server.rebind(configuration.ip);
    log.info(`serving on ${configuration.ip || "all interfaces"} now`);
    return configuration;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error(`cannot serve on ${configuration.ip}, ${before.ip} goes on: ${reason}`);
    return { ...configuration, ip: before.ip };
  }
}
