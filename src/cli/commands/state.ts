/** `spalloc-server state export`, `state inspect` and `state backup`: what is in a state directory. */

import { resolve } from "node:path";
import { counted } from "../../domain/counted.js";
import { ExitCode } from "../../host/exit-code.js";
import { print, printError, printPiece } from "../../host/print.js";
import { stateDirectoryOf } from "../../host/state-directory.js";
import { askServer, type ListedGraceJob, OperatorError } from "../../operator/index.js";
import { backUpState, openToOthers, readSnapshot, type Snapshot } from "../../store/index.js";
import { answer } from "../operator-answer.js";
import { exportText, summaryOf } from "./state-json.js";
import { summaryInWords } from "./state-summary.js";

/** Prints all that the state holds as one JSON document. @returns the exit code */
export async function exportState(path: string): Promise<number> {
  const snapshot = await readSnapshot(stateDirectoryOf(path));
  for (const text of exportText(snapshot)) await printPiece(text);
  return exitCodeOf(snapshot);
}

/** Prints a summary of the state. @returns the exit code */
export async function inspectState(path: string, { json }: { json: boolean }): Promise<number> {
  const snapshot = await readSnapshot(stateDirectoryOf(path));
  const inGrace = await jobsInGrace(snapshot);
  if (json) print(JSON.stringify({ ...summaryOf(snapshot), inGrace }, null, 2));
  else print(summaryInWords(snapshot, inGrace).trimEnd());
  return exitCodeOf(snapshot);
}

/** Copies the state into an empty directory. @returns the exit code */
export async function backUp(path: string, target: string): Promise<number> {
  const directory = stateDirectoryOf(path);
  // As the state itself: for its owner alone, whatever the umask.
  process.umask(0o077);
  await backUpState(directory, resolve(target));
  const open = openToOthers(resolve(target));
  if (open !== null) printError(`warning: ${open}`);
  print(`wrote the state of ${directory} to ${resolve(target)}`);
  return ExitCode.ok;
}

/** Only a running server knows who has come back for a job; null when none can be asked. */
async function jobsInGrace({
  directory,
  holder,
}: Snapshot): Promise<readonly ListedGraceJob[] | null> {
  if (holder?.life !== "alive") return null;
  try {
    return (await askServer(directory, "grace.list", {})).jobs;
  } catch (error) {
    if (error instanceof OperatorError) return null;
    throw error;
  }
}

/**
 * Has a running server drop excluded records for good; all of them when no number is given.
 * @returns the exit code
 */
export function dropExcluded(path: string, numbers: readonly number[]): Promise<number> {
  return answer(async () => {
    const args = { numbers: numbers.length === 0 ? null : numbers };
    const { dropped } = await askServer(stateDirectoryOf(path), "state.drop", args);
    return `${counted(dropped, "excluded record")} dropped`;
  });
}

function exitCodeOf({ damaged, excluded }: Snapshot): number {
  return damaged.length + excluded.length === 0 ? ExitCode.ok : ExitCode.cannotStart;
}
