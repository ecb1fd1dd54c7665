/** Evaluating a configuration file. Runs in a process of its own (workers/config.ts). */
import { access, constants, readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Jiti } from "jiti";
import * as api from "../config/api.js";
import { describe } from "../config/configuration.js";
import { ConfigurationError, type ConfigurationErrorCode } from "../config/error.js";
import { show } from "../config/fields/formatting.js";
import { localNetworks } from "../config/warnings/networks.js";
import { warningsOf } from "../config/warnings/warnings.js";
import type { Evaluation } from "./answer.js";
import { dropCompilerNoise } from "./compiler-noise.js";
import { type Chosen, chooseConfiguration, type Made, notExported, RIGHT } from "./exports.js";
import { ENDLESS_MEMORY } from "./failures.js";
import { refuseTwoDefaults } from "./two-defaults.js";

/**
 * Runs a configuration file and describes the Configuration it exports. To the file, and to what it
 * imports, "spalloc-server" is the API of this very server, and its names are globals as well.
 * The process enters the directory of the file, for the relative names of others that it reads.
 *
 * @param path - Absolute path of the file.
 */
export async function evaluate(path: string): Promise<Evaluation> {
  try {
    await checkReadable(path);
    process.chdir(dirname(path));
    const { configuration, warnings } = await runFile(path);
    const description = describe(configuration);
    const all = [...warnings, ...warningsOf(description, localNetworks())];
    return { ok: true, description, warnings: all.map((warning) => `${path}: ${warning}`) };
  } catch (error) {
    return { ok: false, ...explain(error, path) };
  }
}

async function checkReadable(file: string): Promise<void> {
  const unreadable = (reason: string) =>
    new ConfigurationError("CONFIGURATION_UNREADABLE", `${file}: ${reason}`);
  try {
    if (!(await stat(file)).isFile()) throw unreadable("this is not a file");
    await access(file, constants.R_OK);
  } catch (error) {
    if (error instanceof ConfigurationError || !(error instanceof Error)) throw error;
    const missing = "code" in error && error.code === "ENOENT";
    throw unreadable(missing ? "there is no such configuration file" : error.message);
  }
}

// Not by `import`: Node would first search all of it for the names it exports, and take twice as long.
const { createJiti } = createRequire(import.meta.url)("jiti") as typeof import("jiti");

async function runFile(path: string): Promise<Chosen> {
  const made: Made[] = [];
  const where = () => lineIn(new Error().stack ?? "") ?? path;
  /** The same class to the file, which also notes what is made. */
  class Configuration extends api.Configuration {
    constructor(...fields: ConstructorParameters<typeof api.Configuration>) {
      super(...fields);
      made.push({ configuration: this, where: where() });
    }
  }
  const names = {
    ...api,
    Configuration,
    boardLocationsFromSpinner: (file: string | URL) =>
      api.boardLocationsFromSpinner(file instanceof URL ? file : resolve(dirname(path), file)),
  };
  Object.assign(globalThis, names);
  // By these the loader, and the compiler within it, change what a file means, or stop.
  for (const name of Object.keys(process.env)) {
    if (/^(JITI|BABEL)_/.test(name)) delete process.env[name];
  }
  dropCompilerNoise();
  const jiti = createJiti(path, {
    virtualModules: { "spalloc-server": names },
    tryNative: false,
    // Every evaluation has a process and modules of its own; nothing may be kept on disk between them.
    fsCache: false,
  });
  const text = await readFile(path, "utf8");
  refuseTwoDefaults(text, (source) =>
    jiti.transform({ source, filename: path, ts: true, async: true }),
  );
  return chooseConfiguration(await importFrom(jiti, path), made);
}

async function importFrom(jiti: Jiti, path: string): Promise<unknown> {
  try {
    return await jiti.import(path);
  } catch (error) {
    // The loader itself trips over a default export that is null, of this file or of an imported one.
    const isItsOwn = error instanceof TypeError && lineIn(error.stack ?? "") === null;
    if (!isItsOwn || !/ of null \(reading /.test(error.message)) throw error;
    throw notExported(
      `the file, or one that it imports, has null as its default export; ${RIGHT}, and in other files export a value`,
    );
  }
}

/** What went wrong, for the operator: where in the file, and why, without a stack trace. */
export function explain(
  error: unknown,
  path: string,
): { readonly code: ConfigurationErrorCode; readonly message: string } {
  if (!(error instanceof Error)) {
    return { code: "CONFIGURATION_THREW", message: `${path}: it threw ${show(error)}` };
  }
  const syntax = SYNTAX_ERROR.exec(error.message)?.groups;
  if (syntax !== undefined) {
    const message = `${syntax["where"]}: syntax error: ${syntax["reason"]}`;
    return { code: "CONFIGURATION_SYNTAX", message };
  }
  const where = lineIn(error.stack ?? "") ?? path;
  if (error instanceof ConfigurationError) {
    return { code: error.code, message: `${where}: ${error.message}` };
  }
  if (error instanceof RangeError && error.message === "Array buffer allocation failed") {
    return { code: "CONFIGURATION_THREW", message: `${where}: ${ENDLESS_MEMORY}` };
  }
  const [reason] = error.message.split("\nRequire stack:");
  return { code: "CONFIGURATION_THREW", message: `${where}: it threw ${error.name}: ${reason}` };
}

/** As jiti words it: reason, then file, line and column on a line of their own. */
const SYNTAX_ERROR = /^ParseError: (?<reason>.*?)\s+(?<where>\/.*:\d+):\d+\s*$/s;

const STACK_FRAME = /(?:\(|at (?:async )?)(?:file:\/\/)?(?<file>\/[^()\n]*):(?<line>\d+):\d+\)?$/gm;

/** The compiled server (dist/): its own calls are not the operator's code. */
const SERVER_FOLDER = fileURLToPath(new URL("../../", import.meta.url));

/** File and line of the innermost call in the operator's own code, from a stack trace. */
function lineIn(stack: string): string | null {
  for (const { groups } of stack.matchAll(STACK_FRAME)) {
    const file = groups?.["file"] ?? "";
    if (file.startsWith(SERVER_FOLDER) || file.includes("/node_modules/")) continue;
    return `${file}:${groups?.["line"]}`;
  }
  return null;
}
