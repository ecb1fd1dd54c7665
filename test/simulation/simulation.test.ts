import { describe, expect, it } from "vitest";
import { MUTATIONS } from "./mutations.js";
import { run } from "./run.js";

const SEEDS = 200;

/** The first seed in which something did not hold. */
function firstViolation(seeds: number, mutation: string | null): number | null {
  const planted = mutation === null ? null : MUTATIONS[mutation]!;
  for (let seed = 1; seed <= seeds; seed++) {
    if (run(seed, { mutation: planted }).error !== null) return seed;
  }
  return null;
}

describe("the simulation", () => {
  it(`finds nothing wrong in ${SEEDS} seeds`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
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
