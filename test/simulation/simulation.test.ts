import { describe, expect, it } from "vitest";
import { MUTATIONS } from "./mutations.js";
import { run } from "./run.js";

const SEEDS = 200;
/** In these something once did not hold. */
const ONCE_WRONG = [
  1186, 1365, 2362, 2590, 3936, 4310, 6273, 7578, 53292, 54773, 54971, 59831, 206664, 221175,
  226782,
];

/** The first seed in which something did not hold. */
function firstViolation(seeds: number, mutation: string | null): number | null {
  const planted = mutation === null ? null : MUTATIONS[mutation]!;
  for (let seed = 1; seed <= seeds; seed++) {
    if (run(seed, { mutation: planted }).error !== null) return seed;
  }
  return null;
}

describe("the simulation", () => {
  it(`finds nothing wrong in ${SEEDS} seeds, nor in those that were wrong once`, () => {
    const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1);
    for (const seed of [...seeds, ...ONCE_WRONG]) {
      const { error } = run(seed);
      if (error !== null) throw new Error(`seed ${seed}: ${error.message}`, { cause: error });
    }
  });

  it("does the same again for the same seed", () => {
    const trace = () => {
      const lines: string[] = [];
      run(7, { trace: (line) => void lines.push(line()) });
      return lines;
    };
    const once = trace();
    expect(once.length).toBeGreaterThan(100);
    expect(trace()).toEqual(once);
  });

  it.each(Object.keys(MUTATIONS))("finds a planted bug within a thousand seeds: %s", (name) => {
    expect(firstViolation(1000, name)).not.toBeNull();
    expect(run(1).error).toBeNull();
  });
});
