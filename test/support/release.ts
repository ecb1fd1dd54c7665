import { OPERATOR } from "../../src/engine/contract/actors.js";
import type { OperatorApi } from "../../src/engine/contract/operator-api.js";

/** Releases the boards of a machine, by their indices, that are in quarantine; returns which were. */
export function releaseBoards(
  operator: OperatorApi,
  machine: string,
  boards: readonly number[],
  note: string,
): number[] {
  const records = operator.quarantine().filter(({ machineName, board, active }) => {
    return active && machineName === machine && boards.includes(board);
  });
  operator.releaseBoards(records, note, OPERATOR);
  return records.map(({ board }) => board);
}
