/** The few best of many places, against sorting them all. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Finalists } from "../../src/placement/search/candidates.js";

const SHAPE = { width: 1, height: 1 };

describe("finalists", () => {
  it("are the places with the best scores, the first to come of equals; the best less its cost wins", () => {
    const scores = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        scores,
        fc.infiniteStream(fc.nat(9)),
        fc.integer({ min: 1, max: 8 }),
        (given, costs, size) => {
          const finalists = new Finalists(size);
          expect(finalists.isEmpty).toBe(true);
          given.forEach((score, x) => {
            if (finalists.admits(score)) finalists.add(x, 0, SHAPE, score);
          });
          const cost = given.map(() => costs.next().value);
          const best = given
            .map((score, x) => ({ score, x }))
            .sort((a, b) => b.score - a.score || a.x - b.x)
            .slice(0, size)
            .sort(
              (a, b) =>
                b.score - cost[b.x]! - (a.score - cost[a.x]!) || b.score - a.score || a.x - b.x,
            )[0]!;
          expect(finalists.best((x) => cost[x]!).x).toBe(best.x);
          finalists.clear();
          expect(finalists.isEmpty).toBe(true);
        },
      ),
    );
  });
});
