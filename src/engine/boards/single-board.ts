import type { Allocation } from "../../domain/allocation.js";
import { boardOfIndex } from "../../domain/board.js";
import type { LiveMachine } from "../state/live-job.js";

/** One board, by its index, as an allocation. */
export function singleBoardAllocation(
  { description }: Pick<LiveMachine, "description">,
  index: number,
): Allocation {
  const [x, y, z] = boardOfIndex(index, description);
  return { x, y, width: 1, height: 1, board: z as 0 | 1 | 2, missing: [] };
}
