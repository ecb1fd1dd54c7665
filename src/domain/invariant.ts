/**
 * What must always hold, checked while the server runs wherever the check costs next to nothing. When
 * it does not hold, what the server believes of its boards is wrong, and going on might give a board to
 * two jobs: the server logs the reason and exits (host/composition.ts), and the next start goes on from
 * what was committed.
 */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/**
 * @param violation - What is so although it never may be; names the job, order or boards.
 * @throws InvariantError when the condition does not hold. Whoever catches errors of all kinds passes it on.
 */
export function invariant(condition: boolean, violation: () => string): asserts condition {
  if (!condition) throw new InvariantError(violation());
}
