/** What the command lines share: exit codes, checks of options, how usage errors end. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Command, CommanderError, InvalidArgumentError } from "commander";
import { visibleLines } from "../domain/visible-text.js";
import { ExitCode } from "../host/exit-code.js";
import { MOST_NUMBERS, MOST_REASON_CHARS } from "../operator/limits.js";

/** Version of the package, from its package.json. */
export function packageVersion(): string {
  const file = new URL("../../../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  return version;
}

/** Where the package is installed, with its documents. */
export function packageFolder(): string {
  return fileURLToPath(new URL("../../../", import.meta.url));
}

/** Parses a TCP port. @throws InvalidArgumentError when it is not one. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) {
    throw new InvalidArgumentError("A port must be a whole number from 1 to 65535.");
  }
  return port;
}

/** Parses a path. @throws InvalidArgumentError when it is empty, as an unset variable of a shell is. */
export function parsePath(text: string): string {
  if (text.trim() === "") {
    throw new InvalidArgumentError(
      "A path must not be empty; is it a shell variable that is not set?",
    );
  }
  return text;
}

/** Parses a job id. @throws InvalidArgumentError when it is not one. */
export function parseJobId(text: string, previous: readonly number[] = []): number[] {
  return oneMore(previous, wholeNumberFrom1(text, "A job id"), "jobs");
}

/** Parses the number of an excluded record. @throws InvalidArgumentError when it is not one. */
export function parseExcluded(text: string, previous: readonly number[] = []): number[] {
  return oneMore(previous, wholeNumberFrom1(text, "The number of an excluded record"), "records");
}

function oneMore(previous: readonly number[], number: number, what: string): number[] {
  if (previous.length < MOST_NUMBERS) return [...previous, number];
  throw new InvalidArgumentError(
    `Give at most ${MOST_NUMBERS} ${what}, and the others after that.`,
  );
}

function wholeNumberFrom1(text: string, what: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number > 0 && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError(`${what} is a whole number from 1.`);
}

/** Parses a reason. @throws InvalidArgumentError when it is longer than what is kept. */
export function parseReason(text: string): string {
  if (text.length <= MOST_REASON_CHARS) return text;
  throw new InvalidArgumentError(
    `A reason may have at most ${MOST_REASON_CHARS} characters, not ${text.length}.`,
  );
}

/**
 * Runs a commander program. Bad usage ends the process with exit code 2, help and version with 0;
 * commander has printed why.
 */
export async function runCommandLine(program: Command): Promise<void> {
  overrideExit(program);
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? ExitCode.ok : ExitCode.badUsage;
  }
}

function overrideExit(command: Command): void {
  command.exitOverride().showHelpAfterError("(use --help for usage)");
  command.configureOutput({ outputError: (text, write) => write(visibleLines(text)) });
  for (const child of command.commands) overrideExit(child);
}
