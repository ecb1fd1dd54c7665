/** `spalloc-server state export`, `state inspect` and `state backup`: what is in a state directory. */

import { resolve } from "node:path";
import { ExitCode } from "../../host/exit-code.js";
import { stateDirectoryOf } from "../../host/state-directory.js";
import { backUpState, readSnapshot, type Snapshot } from "../../store/index.js";
import { exportOf, summaryOf } from "./state-json.js";
import { summaryInWords } from "./state-summary.js";

/** Prints all that the state holds as one JSON document. @returns the exit code */
export async function exportState(path: string): Promise<number> {
  const snapshot = await readSnapshot(stateDirectoryOf(path));
  process.stdout.write(`${JSON.stringify(exportOf(snapshot), null, 2)}\n`);
  return exitCodeOf(snapshot);
}

/** Prints a summary of the state. @returns the exit code */
export async function inspectState(path: string, { json }: { json: boolean }): Promise<number> {
  const snapshot = await readSnapshot(stateDirectoryOf(path));
  if (json) process.stdout.write(`${JSON.stringify(summaryOf(snapshot), null, 2)}\n`);
  else process.stdout.write(summaryInWords(snapshot));
  return exitCodeOf(snapshot);
}

/** Copies the state into an empty directory. @returns the exit code */
export async function backUp(path: string, target: string): Promise<number> {
  const directory = stateDirectoryOf(path);
  await backUpState(directory, resolve(target));
  process.stdout.write(`wrote the state of ${directory} to ${resolve(target)}\n`);
  return ExitCode.ok;
}

function exitCodeOf({ damaged }: Snapshot): number {
  return damaged.length === 0 ? ExitCode.ok : ExitCode.cannotStart;
}
