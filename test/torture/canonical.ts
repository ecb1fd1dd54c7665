/** JSON whose text is equal where the values are: boards in order. */
import type { Boards } from "./ledger.js";

export function canonical(boards: Boards | null): string {
  if (boards === null) return "no boards";
  return `${boards.machine}: ${boards.boards
    .map((board) => board.join())
    .sort()
    .join(" ")}`;
}
