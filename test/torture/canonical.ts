/** JSON whose text is equal where the values are: boards in order. */
export interface Boards {
  readonly machine: string;
  readonly boards: readonly (readonly [number, number, number])[];
}

export function canonical(boards: Boards | null): string {
  if (boards === null) return "no boards";
  return `${boards.machine}: ${boards.boards
    .map((board) => board.join())
    .sort()
    .join(" ")}`;
}
