import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isLeftForOthers } from "../../src/protocol/hosts/left-for-others.js";

const LIMIT = { perHost: 16_384, total: 32_768 };

/** What each of so many hosts gets, and what is left, when all of them take as much as they can. */
function greedy(hosts: number, { perHost, total } = LIMIT): { held: number[]; left: number } {
  const held = new Array<number>(hosts).fill(0);
  let ofAll = 0;
  for (let isAny = true; isAny; ) {
    isAny = false;
    for (let host = 0; host < hosts; host++) {
      const own = held[host]!;
      if (own >= perHost || ofAll >= total) continue;
      if (isLeftForOthers(own, ofAll, { perHost, total })) continue;
      held[host] = own + 1;
      ofAll += 1;
      isAny = true;
    }
  }
  return { held, left: total - ofAll };
}

describe("what is left of a limit for all", () => {
  it("does not keep one host from its own limit", () => {
    expect(greedy(1)).toEqual({ held: [16_384], left: 16_384 });
  });

  it.each([2, 6, 50])(
    "is something for one that comes later, though %s hosts take all they can",
    (hosts) => {
      const { held, left } = greedy(hosts);
      expect(left).toBeGreaterThanOrEqual(Math.floor(LIMIT.total / (1 + 3 * hosts)));
      expect(Math.max(...held) - Math.min(...held)).toBeLessThanOrEqual(1);
      expect(isLeftForOthers(0, LIMIT.total - left, LIMIT)).toBe(false);
      expect(isLeftForOthers(left, LIMIT.total - left, LIMIT)).toBe(false);
    },
  );

  it("is for anybody where each host may have everything", () => {
    expect(greedy(2, { perHost: 100, total: 100 }).left).toBe(0);
  });

  it("is never refused to a host that has nothing", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (total, ofAll) => {
        expect(isLeftForOthers(0, ofAll, { perHost: 1, total })).toBe(false);
      }),
    );
  });
});
