/** Reading the configuration again while jobs run. One at a time; a bad one changes nothing. */
import type { Logger } from "pino";
import type { ConfigurationDescription } from "../../config/description.js";
import { loadConfiguration } from "../../config-loading/load.js";
import type { Engine } from "../../engine/engine.js";
import type { Server } from "../../protocol/server.js";
import { printedByConfiguration } from "../log/foreign-lines.js";
import { tellMemory } from "../memory-lines.js";
import { checkFiles, NeedsError } from "../needs/needs.js";
import { bmpCount, ownFiles } from "../needs/open-files.js";
import { reloadLines } from "./reload-lines.js";
import { type ServerChange, serverChangeLines, serverChanges } from "./server-changes.js";

interface Reloadable {
  readonly configFile: string;
  /** The configuration that the server was started with. */
  readonly configuration: ConfigurationDescription;
  /** The port of the command line; null if it was not given. */
  readonly portOption: number | null;
  readonly engine: Engine;
  readonly server: Server;
  readonly log: Logger;
}

/** Reloads, one after the other. */
export class Reloads {
  /** What runs. */
  configuration: ConfigurationDescription;
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly world: Reloadable) {
    this.configuration = world.configuration;
  }

  /** Has the configuration read again, after what was asked for before. */
  add(): void {
    this.last = this.last.then(async () => {
      this.configuration = await reload(this.world, this.configuration);
    });
  }
}

/** @returns what is in force now: of a bad file nothing, of a good one all that needs no new start. */
async function reload(
  { configFile, portOption, engine, server, log }: Reloadable,
  before: ConfigurationDescription,
): Promise<ConfigurationDescription> {
  let loaded: ConfigurationDescription;
  try {
    loaded = await loadConfiguration(configFile, {
      log: printedByConfiguration(log, configFile),
      warn: (warning) => log.warn(warning),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error(
      `reload failed; the old configuration stays in force. Correct the file and send SIGHUP again: ${reason}`,
    );
    return before;
  }
  try {
    // A limit that was lowered meanwhile does not keep anybody from taking frames away.
    if (bmpCount(loaded) > bmpCount(before)) checkFiles(loaded);
  } catch (error) {
    if (!(error instanceof NeedsError)) throw error;
    log.error(`reload failed; the old configuration stays in force: ${error.message}`);
    return before;
  }
  const changes = serverChanges(before, loaded);
  const tell = (some: readonly ServerChange[]): void => {
    for (const line of serverChangeLines(some, portOption)) log.info(line);
  };
  const plan = engine.reconfigure(loaded);
  server.limit(loaded.clientLimits, ownFiles(loaded));
  const machines = loaded.machines.map(({ name }) => name);
  log.info({ machines }, `the configuration was reloaded: ${configFile}`);
  tell(changes.filter(({ field }) => field !== "ip"));
  if (changes.some(({ field }) => field.startsWith("clientLimits."))) tellMemory(loaded, log);
  for (const line of reloadLines(plan)) log.info(line);
  // The port stays what it was at the start, so that every reload says that it is not in force.
  const configuration = { ...loaded, port: before.port };
  if (configuration.ip === before.ip) return configuration;
  try {
    await server.rebind(configuration.ip);
    tell(changes.filter(({ field }) => field === "ip"));
    return configuration;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error(
      `cannot listen on ${nameOfAddress(configuration.ip)} (${reason}); still listening on ${nameOfAddress(before.ip)}. Correct \`ip\` and send SIGHUP again`,
    );
    return { ...configuration, ip: before.ip };
  }
}

function nameOfAddress(ip: string): string {
  return ip || "all interfaces";
}
