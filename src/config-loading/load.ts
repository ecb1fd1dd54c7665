/**
 * Loading a configuration file from the main thread. The file's code runs in a short-lived thread,
 * with limits on time and memory, so that nothing it does can bring the server down.
 *
 *   thread sends a description   → loaded
 *   thread sends what went wrong → that error
 *   time is up                   → CONFIGURATION_TIMEOUT, the thread is stopped
 *   thread fails                 → CONFIGURATION_THREW
 *   thread ends without a word   → CONFIGURATION_ENDED
 */
import { once } from "node:events";
import { access, constants, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import type { ConfigurationDescription } from "../config/description.js";
import { ConfigurationError } from "../config/error.js";
import type { Evaluation } from "./evaluation.js";

export interface LoadOptions {
  /** How long the file may take; default 10 s. */
  readonly timeoutMs?: number;
  /** Gets each line that the file prints; by default it goes to stderr. */
  readonly log?: Printed;
  /** Gets each warning about what the file says; by default `log` gets it. */
  readonly warn?: (warning: string) => void;
}

/** Takes a line that a file printed, and on which output. */
export type Printed = (line: string, output: "stdout" | "stderr") => void;

const DEFAULT_TIMEOUT_MS = 10_000;

/** Enough for any layout; an endless list in the file must not use up the server's memory. */
const MAX_HEAP_MB = 512;

/** Node ends a thread with this code when a top-level await can never settle. */
const NEVER_SETTLED = 13;

/**
 * Evaluates a configuration file afresh, together with all it imports.
 *
 * @param path - Path of the file; a relative one is relative to the working directory.
 * @throws {ConfigurationError} whatever is wrong with the file; see docs/reference/configuration.md.
 */
export async function loadConfiguration(
  path: string,
  options: LoadOptions = {},
): Promise<ConfigurationDescription> {
  const file = resolve(path);
  await checkReadable(file);
  const evaluation = await runInThread(file, options);
  if (evaluation.ok) {
    const { log = logToStderr, warn = (text: string) => log(`warning: ${text}`, "stderr") } =
      options;
    for (const warning of evaluation.warnings) warn(warning);
    return evaluation.description;
  }
  throw new ConfigurationError(evaluation.code, evaluation.message);
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

function runInThread(
  file: string,
  { timeoutMs = DEFAULT_TIMEOUT_MS, log = logToStderr }: LoadOptions,
): Promise<Evaluation> {
  const worker = new Worker(new URL("../../workers/config.js", import.meta.url), {
    workerData: file,
    execArgv: [],
    stdin: true,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  const printed = (["stdout", "stderr"] as const).map((output) => {
    const lines = createInterface({ input: worker[output] });
    return once(
      lines.on("line", (line) => log(line, output)),
      "close",
    );
  });
  return new Promise((settle) => {
    let outcome: Evaluation | null = null;
    const end = (evaluation: Evaluation): void => {
      outcome ??= evaluation;
      void worker.terminate();
    };
    const timer = setTimeout(() => {
      const message = `${file}: it was not done after ${timeoutMs / 1000} s; does it loop for ever, or wait for something that never happens?`;
      end({ ok: false, code: "CONFIGURATION_TIMEOUT", message });
    }, timeoutMs);
    worker.on("message", end);
    worker.on("error", (error) => {
      end({ ok: false, code: "CONFIGURATION_THREW", message: `${file}: ${failure(error)}` });
    });
    worker.on("exit", (exitCode) => {
      clearTimeout(timer);
      void Promise.all(printed).then(() => settle(outcome ?? endedEarly(file, exitCode)));
    });
  });
}

function failure(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${String(error)}`;
  if ("code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") {
    return `it needs more than ${MAX_HEAP_MB} MB of memory; does it build an endless list?`;
  }
  return `it threw ${error.name}: ${error.message}`;
}

function endedEarly(file: string, exitCode: number): Evaluation {
  const reason =
    exitCode === NEVER_SETTLED
      ? "it awaits something that never happens"
      : `it called process.exit(${exitCode})`;
  const message = `${file}: it ended before it exported a configuration: ${reason}`;
  return { ok: false, code: "CONFIGURATION_ENDED", message };
}

function logToStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
