/** Something that must always hold does not. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** @throws Violation with that text unless it holds. */
export function hold(holds: boolean, otherwise: () => string): asserts holds {
  if (!holds) throw new Violation(otherwise());
}
