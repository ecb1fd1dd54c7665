/** `spalloc-server quarantine …`: the boards in quarantine of a running server. */

import { counted } from "../../domain/counted.js";
import { boardName, frameName } from "../../domain/names.js";
import { stateDirectoryOf } from "../../host/state-directory.js";
import {
  askServer,
  type BoardChoice,
  type ListedBoard,
  type QuarantineList,
  type Response,
} from "../../operator/index.js";
import { answer } from "../operator-answer.js";
import { isoSeconds } from "../times.js";

interface ListOptions {
  readonly json?: true;
  readonly all?: true;
  readonly history?: true;
}

/** @returns the exit code */
export function listQuarantine(path: string, options: ListOptions): Promise<number> {
  return answer(async () => {
    const asked = { released: options.all === true };
    const list = await askServer(stateDirectoryOf(path), "quarantine.list", asked);
    return options.json
      ? JSON.stringify(list, null, 2)
      : inWords(list, { history: options.history === true });
  });
}

/** @returns the exit code */
export function addToQuarantine(
  path: string,
  machine: string,
  boards: readonly BoardChoice[],
  reason: string,
): Promise<number> {
  return answer(async () => {
    const args = { machine, boards, reason };
    const { boards: count } = await askServer(stateDirectoryOf(path), "quarantine.add", args);
    return `${counted(count, "board")} quarantined`;
  });
}

/** @returns the exit code */
export function releaseFromQuarantine(
  path: string,
  machine: string,
  boards: readonly BoardChoice[],
  reason: string,
): Promise<number> {
  return answer(async () => {
    const args = { machine, boards, reason };
    const released = await askServer(stateDirectoryOf(path), "quarantine.release", args);
    return releaseInWords(machine, released);
  });
}

/** @returns the exit code */
export function dropFromQuarantine(
  path: string,
  machine: string,
  boards: readonly BoardChoice[],
): Promise<number> {
  return answer(async () => {
    const args = { machine, boards };
    const { boards: count } = await askServer(stateDirectoryOf(path), "quarantine.drop", args);
    return `${counted(count, "board")} forgotten`;
  });
}

/** Most boards that are named when they were not in quarantine. */
const NAMED_BOARDS = 5;

function releaseInWords(
  machine: string,
  { boards, notQuarantined }: Response<"quarantine.release">,
): string {
  const released = `${counted(boards, "board")} released`;
  const others = notQuarantined.length;
  if (others === 0) return released;
  const lines = notQuarantined
    .slice(0, NAMED_BOARDS)
    .map((board) => `    ${boardText({ machine, ...board })}`);
  if (others > NAMED_BOARDS) lines.push(`    and ${others - NAMED_BOARDS} more`);
  const were = others === 1 ? "was" : "were";
  return [`${released}; ${counted(others, "board")} ${were} not in quarantine:`, ...lines].join(
    "\n",
  );
}

function inWords(
  { boards, silentBmps, suspectBmps }: QuarantineList,
  { history }: { readonly history: boolean },
): string {
  const lines: string[] = [];
  for (const { bmp, frames, since } of silentBmps) {
    lines.push(
      `${bmpName(bmp, frames)} has not answered since ${isoSeconds(since)}: no job gets a board of its frame`,
    );
  }
  for (const { bmp, frames, since, reason } of suspectBmps) {
    lines.push(
      `${bmpName(bmp, frames)}: its frame is under suspicion since ${isoSeconds(since)}, boards of it failed in a row: ` +
        "no job gets a board of it until one passes a self-test or is released",
      `    ${reason}`,
    );
  }
  for (const board of boards) {
    lines.push(`${nameOf(board)}: ${stateOf(board)}`, `    ${board.reason}`);
    if (!history) continue;
    for (const { atMs, kind, note } of board.history) {
      lines.push(`    ${isoSeconds(atMs)}  ${kind}${note === "" ? "" : `: ${note}`}`);
    }
  }
  return lines.length === 0 ? "no board is in quarantine, and every BMP answers" : lines.join("\n");
}

/** "machine spin, cabinet 0, frame 3: BMP 10.11.3.0", as the log has it. */
function bmpName(bmp: string, frames: QuarantineList["silentBmps"][number]["frames"]): string {
  const names = frames.map(({ machine, position }) => frameName(machine, position));
  return names.length === 0 ? `BMP ${bmp}` : `${names.join("; ")}: BMP ${bmp}`;
}

function nameOf(board: ListedBoard): string {
  const { machineName, isConfigured, bmp, number } = board;
  const name = boardText({ machine: machineName, ...board });
  if (isConfigured) return name;
  const where = bmp === null ? "" : ` (number ${number} of BMP ${bmp})`;
  return `${name}, which no machine has at present${where}`;
}

interface NamedBoard {
  readonly machine: string;
  readonly board?: number;
  readonly coordinates: ListedBoard["coordinates"];
  readonly position: ListedBoard["position"];
}

function boardText({ machine, board, coordinates, position }: NamedBoard): string {
  if (coordinates !== null) return boardName(machine, coordinates, position);
  return `board with index ${board} of machine ${machine}`;
}

const CAUSES = { operator: " by an operator", bmp: " because of its BMP", board: "" };

function stateOf(board: ListedBoard): string {
  const { active, cause, sinceMs, occurrences, testsPassed, testsFailed, mayBeOn } = board;
  const parts = [active ? `quarantined${CAUSES[cause]} since ${isoSeconds(sinceMs)}` : "released"];
  if (occurrences > 1) parts.push(`${occurrences} times in all`);
  if (testsPassed + testsFailed > 0) {
    parts.push(`self-tests: ${testsFailed} failed; passed in a row since then: ${testsPassed}`);
  }
  if (mayBeOn) parts.push("may be on");
  return parts.join(", ");
}
