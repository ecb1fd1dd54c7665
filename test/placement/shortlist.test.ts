/** The few best of many corners, against sorting them all. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Shortlist } from "../../src/placement/search/shortlist.js";

const SHAPE = { width: 1, height: 1 };

describe("the shortlist", () => {
  it("holds the corners with the best scores, the first of equal ones; the best less its cost wins", () => {
    const scores = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        scores,
        fc.infiniteStream(fc.nat(9)),
        fc.integer({ min: 1, max: 8 }),
        (given, costs, size) => {
          const shortlist = new Shortlist(size);
          expect(shortlist.isEmpty).toBe(true);
          given.forEach((score, x) => {
            if (shortlist.admits(score)) shortlist.add(x, 0, SHAPE, score);
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
          expect(shortlist.best((x) => cost[x]!).x).toBe(best.x);
          shortlist.clear();
          expect(shortlist.isEmpty).toBe(true);
        },
      ),
    );
  });
});
