/**
 * Long work, on jobs of which there may be 100,000, in slices: after each, the turn ends and everybody
 * is answered. How long a slice is does not depend on time but on work, so that the same always
 * happens in the same order.
 */
import type { EngineState } from "./engine-state.js";

/** Some 5 ms of work. */
export const UNITS_PER_SLICE = 2000;

/**
 * Does something to each of the items, to some of them at once. What the world does between two slices
 * must be looked at anew for each item. Nothing more happens once the engine is stopping.
 * @param each does it, and returns the units of work that it took
 * @param done called after the last; in this call if one slice is enough
 */
export function inSlices<T>(
  state: EngineState,
  items: Iterator<T>,
  each: (item: T) => number,
  done: () => void = () => {},
): void {
  for (let units = 0; units < state.unitsPerSlice; ) {
    const next = items.next();
    if (next.done) {
      done();
      return;
    }
    units += each(next.value);
  }
  state.clock.endOfTurn(() => {
    if (!state.stopping) inSlices(state, items, each, done);
  });
}
