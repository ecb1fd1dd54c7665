/** `spalloc-server state export` and `state inspect`: what is in a state directory. */

import { ExitCode } from "../../host/exit-code.js";
import { stateDirectoryOf } from "../../host/state-directory.js";
import { readSnapshot, type Snapshot } from "../../store/index.js";
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

function exitCodeOf({ damaged }: Snapshot): number {
  return damaged.length === 0 ? ExitCode.ok : ExitCode.cannotStart;
}
