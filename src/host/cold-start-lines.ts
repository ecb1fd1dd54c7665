/** What a cold start forgets, in words for operators. */
import { counted } from "../domain/counted.js";
import { boardName } from "../domain/names.js";
import type { ColdStart, ForgottenBoard } from "../engine/inputs/cold-start.js";

/** Boards that are named; the others are counted. */
const MOST_NAMED = 20;

export function coldStartLines({ forgotten }: ColdStart): string[] {
  const { jobs, jobsWithBoards, endedJobs, quarantined, powerOffs, unreachable } = forgotten;
  const withBoards = jobsWithBoards === jobs ? "" : ` (${jobsWithBoards} with boards)`;
  const what = [
    ...(jobs > 0 ? [`${counted(jobs, "job")}${withBoards}`] : []),
    ...(endedJobs > 0 ? [counted(endedJobs, "ended job")] : []),
    ...(quarantined.length > 0
      ? [`the quarantine of ${counted(quarantined.length, "board")}`]
      : []),
  ];
  const all = new Intl.ListFormat("en").format(what);
  const lines = [`cold start: ${all === "" ? "there was nothing to forget" : `forgot ${all}`}`];
  for (const [machine, boards] of powerOffs) {
    const are = boards === 1 ? "is" : "are";
    lines.push(
      `cold start: ${counted(boards, "board")} of machine ${machine} may be on and ${are} powered off; no job starts on its frames before that is done`,
    );
  }
  lines.push(...boardLines(quarantined, "not in quarantine any more; it was there because"));
  lines.push(
    ...boardLines(
      unreachable,
      "may be on, and cannot be powered off, since its machine is not known any more: switch it off by hand;",
    ),
  );
  return lines;
}

function boardLines(boards: readonly ForgottenBoard[], what: string): string[] {
  const lines = boards
    .slice(0, MOST_NAMED)
    .map((board) => `cold start: ${nameOf(board)}: ${what} ${board.reason}`);
  const more = boards.length - MOST_NAMED;
  if (more > 0) lines.push(`cold start: and ${counted(more, "more board")}: ${what} …`);
  return lines;
}

function nameOf({ machine, board }: ForgottenBoard): string {
  if (board === null) return `a board of machine ${machine}`;
  return boardName(machine, board.coordinates, board.position);
}
