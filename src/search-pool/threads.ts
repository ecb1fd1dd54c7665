/** How many threads search, unless told otherwise. */
import { availableParallelism } from "node:os";

/** The batches of one machine run one after the other, so threads beyond busy machines are idle. */
const MAX_THREADS = 8;

/** One less than the number of processors, at least 1 and at most 8. */
export function usualSearchThreads(): number {
  return Math.min(MAX_THREADS, Math.max(1, availableParallelism() - 1));
}
