/** `spalloc-server quarantine …`: boards that are set aside, of a running server. */

import { ExitCode } from "../../host/exit-code.js";
import { stateDirectoryOf } from "../../host/state-directory.js";
import {
  askServer,
  type BoardChoice,
  OperatorError,
  type QuarantineList,
} from "../../operator/index.js";

interface ListOptions {
  readonly json?: true;
  readonly all?: true;
  readonly history?: true;
}

export async function listQuarantine(path: string, options: ListOptions): Promise<number> {
  return answer(async () => {
    const asked = { released: options.all === true };
    const result = await askServer(stateDirectoryOf(path), "quarantine.list", asked);
    if (options.json) return JSON.stringify(result, null, 2);
    // The same version of this package wrote it.
    return table(result as QuarantineList, options.history === true);
  });
}

export async function changeQuarantine(
  change: "add" | "release",
  path: string,
  machine: string,
  boards: readonly BoardChoice[],
  reason: string,
): Promise<number> {
  return answer(async () => {
    const args = { machine, boards, reason };
    const result = await askServer(stateDirectoryOf(path), `quarantine.${change}`, args);
    const { boards: count } = result as { boards: number };
    return `${count} board${count === 1 ? "" : "s"} ${change === "add" ? "quarantined" : "released"}`;
  });
}

/** Prints the text, or why there is none; returns the exit code. */
async function answer(text: () => Promise<string>): Promise<number> {
  try {
    process.stdout.write(`${await text()}\n`);
    return ExitCode.ok;
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    process.stderr.write(`spalloc-server: ${error.message}\n`);
    return ExitCode.cannotStart;
  }
}

function table({ boards, silentBmps }: QuarantineList, history: boolean): string {
  const lines: string[] = [];
  for (const { bmp, since } of silentBmps) {
    lines.push(
      `BMP ${bmp} does not answer since ${time(since)}: the boards of its frame wait for it`,
    );
  }
  for (const board of boards) {
    const { machineName, coordinate, position, reason } = board;
    const at = coordinate ? coordinate.join() : `board ${board.board}, no such machine runs`;
    const where = position ? ` (${position.join("/")})` : "";
    lines.push(`${machineName} ${at}${where}: ${stateOf(board)}`, `    ${reason}`);
    if (!history) continue;
    for (const { atMs, kind, note } of board.history) {
      lines.push(`    ${time(atMs)}  ${kind}${note === "" ? "" : `: ${note}`}`);
    }
  }
  return lines.length === 0 ? "no board is set aside, and every BMP answers" : lines.join("\n");
}

function stateOf(board: QuarantineList["boards"][number]): string {
  const { active, cause, sinceMs, occurrences, testsPassed, testsFailed, mayBeOn } = board;
  const tests =
    testsPassed + testsFailed === 0
      ? ""
      : `, self-tests: ${testsFailed} failed, ${testsPassed} passed in a row since`;
  const how = { operator: " by an operator", bmp: " with its BMP", board: "" }[cause];
  const state = active ? `set aside${how} since ${time(sinceMs)}` : "released";
  return `${state}${occurrences > 1 ? `, ${occurrences} times in all` : ""}${tests}${mayBeOn ? ", may be on" : ""}`;
}

function time(unixMs: number): string {
  return new Date(unixMs).toISOString().replace(/\.\d+Z$/, "Z");
}
