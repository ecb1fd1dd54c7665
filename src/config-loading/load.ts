/**
 * Loading a configuration file. The file's code runs in a short-lived process of its own, with limits
 * on time, memory and files, so that nothing it does can bring the server down. That process alone
 * touches the file: on a network disk that does not answer, it is what waits.
 *
 *   it sends a description   → loaded
 *   it sends what went wrong → that error
 *   time is up               → CONFIGURATION_TIMEOUT
 *   too much memory          → CONFIGURATION_THREW
 *   it ends without a word   → CONFIGURATION_ENDED
 *   there can be none        → CONFIGURATION_NOT_EVALUATED
 *
 * In each case it is ended, with all that it started.
 */
import type { Readable } from "node:stream";
import type { ConfigurationDescription } from "../config/description.js";
import { ConfigurationError } from "../config/error.js";
import { visibleLines } from "../domain/visible-text.js";
import { type Evaluation, HeardAnswer } from "./answer.js";
import { ConfigProcess } from "./config-process.js";
import { absolutePathOf } from "./directory.js";
import { ENDLESS_MEMORY, endedEarly, noProcess } from "./failures.js";
import { MOST_MEMORY_MB } from "./limits.js";
import { PrintedLines } from "./printed-lines.js";
import { usedBytes } from "./process-tree.js";

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

const WATCH_MS = 50;

/** How long an end may take: a process that waits for a disk need not hear of it. */
const END_MS = 1_000;

/** For the last of what it printed. A process that left its group may keep the pipe open. */
const LAST_LINES_MS = 200;

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
  const file = absolutePathOf(path);
  const evaluation = await evaluated(file, options);
  if (evaluation.ok) {
    const { log = logToStderr, warn = (text: string) => log(`warning: ${text}`, "stderr") } =
      options;
    for (const warning of evaluation.warnings) warn(warning);
    return evaluation.description;
  }
  throw new ConfigurationError(evaluation.code, evaluation.message);
}

async function evaluated(
  file: string,
  { timeoutMs = DEFAULT_TIMEOUT_MS, log = logToStderr }: LoadOptions,
): Promise<Evaluation> {
  let evaluator: ConfigProcess;
  try {
    evaluator = await ConfigProcess.start(file);
  } catch (error) {
    return noProcess(file, error);
  }
  const printed = (["stdout", "stderr"] as const).map(
    (output) => new PrintedLines(evaluator[output], (line) => log(line, output)),
  );
  const evaluation = await outcomeOf(evaluator, file, timeoutMs);
  await atMost(LAST_LINES_MS, Promise.all(printed.map(({ closed }) => closed)));
  for (const each of printed) each.end();
  evaluator.forget();
  return evaluation;
}

/** Resolves when the process has ended, or should have. */
function outcomeOf(evaluator: ConfigProcess, file: string, timeoutMs: number): Promise<Evaluation> {
  return new Promise((settle) => {
    let outcome: Evaluation | null = null;
    const end = (evaluation: Evaluation): void => {
      if (outcome !== null) return;
      outcome = evaluation;
      clearTimeout(timer);
      clearInterval(watch);
      evaluator.kill();
      setTimeout(() => settle(evaluation), END_MS).unref();
    };
    const timer = setTimeout(() => {
      const message = `${file}: it was not done after ${timeoutMs / 1000} s; does it loop for ever, or wait for something that never happens, such as a pipe or a network disk?`;
      end({ ok: false, code: "CONFIGURATION_TIMEOUT", message });
    }, timeoutMs);
    const watch = setInterval(() => {
      if (usedBytes(evaluator.pid) <= MOST_MEMORY_MB * 2 ** 20) return;
      end({ ok: false, code: "CONFIGURATION_THREW", message: `${file}: ${ENDLESS_MEMORY}` });
    }, WATCH_MS);
    const heard = new HeardAnswer(file, evaluator.answer, end);
    evaluator.onExit((code, signal) => {
      // What it said may still be in the pipe.
      whenRead(evaluator.answer, () => {
        end(endedEarly(file, { code, signal, isBegun: heard.isBegun }));
        settle(outcome!);
      });
    });
  });
}

function whenRead(stream: Readable, then: () => void): void {
  if (stream.closed) then();
  else {
    const late = setTimeout(() => stream.destroy(), LAST_LINES_MS);
    stream.once("close", () => {
      clearTimeout(late);
      then();
    });
  }
}

async function atMost(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

function logToStderr(line: string): void {
  process.stderr.write(`${visibleLines(line)}\n`);
}
