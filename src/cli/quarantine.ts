/** `spalloc-server quarantine …`: boards that are set aside, of a running server. */
import { AdminError, askServer, type BoardChoice, type QuarantineList } from "../admin/index.js";
import { ExitCode } from "./command-line.js";
import { stateDirectoryOf } from "./state-directory.js";

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
    return `${count} board${count === 1 ? "" : "s"} ${change === "add" ? "set aside" : "released"}`;
  });
}

/** Prints the text, or why there is none; returns the exit code. */
async function answer(text: () => Promise<string>): Promise<number> {
  try {
    process.stdout.write(`${await text()}\n`);
    return ExitCode.ok;
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
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
    const { machineName, coordinate, place, reason } = board;
    const at = coordinate ? coordinate.join() : `board ${board.board}, no such machine runs`;
    const where = place ? ` (${place.join("/")})` : "";
    lines.push(`${machineName} ${at}${where}: ${stateOf(board)}`, `    ${reason}`);
    if (!history) continue;
    for (const { at, what, note } of board.history) {
      lines.push(`    ${time(at)}  ${what}${note === "" ? "" : `: ${note}`}`);
    }
  }
  return lines.length === 0 ? "no board is set aside, and every BMP answers" : lines.join("\n");
}

function stateOf(board: QuarantineList["boards"][number]): string {
  const { held, cause, since, times, passes, failedTests, mayBeOn } = board;
  const tests =
    passes + failedTests === 0
      ? ""
      : `, self-tests: ${failedTests} failed, ${passes} passed in a row since`;
  const how = { operator: " by an operator", bmp: " with its BMP", board: "" }[cause];
  const state = held ? `set aside${how} since ${time(since)}` : "released";
  return `${state}${times > 1 ? `, ${times} times in all` : ""}${tests}${mayBeOn ? ", may be on" : ""}`;
}

function time(unixMs: number): string {
  return new Date(unixMs).toISOString().replace(/\.\d+Z$/, "Z");
}
