/** Sets in an order. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OrderedSet } from "../../../src/engine/queue/shares/ordered-set.js";

/** A set of numbers that counts comparisons. */
class Counted {
  comparisons = 0;
  readonly set = new OrderedSet<number>((a, b) => {
    this.comparisons += 1;
    return a < b;
  });
}

function listed(set: OrderedSet<number>): number[] {
  const walk = set.walk();
  const items: number[] = [];
  for (let item = walk.next(); item !== undefined; item = walk.next()) items.push(item);
  return items;
}

describe("an ordered set", () => {
  it("stays in order, however items come and go", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { maxLength: 100 }), (items) => {
        const { set } = new Counted();
        const held = new Set<number>();
        for (const item of items) {
          expect(set.remove(item)).toBe(held.has(item));
          if (!held.delete(item)) {
            set.add(item);
            held.add(item);
          }
          const expected = [...held].sort((a, b) => a - b);
          expect(listed(set)).toEqual(expected);
          expect([set.size, set.first]).toEqual([expected.length, expected[0]]);
        }
      }),
    );
  });

  it.each<[string, (n: number, size: number) => number]>([
    ["in order", (n) => n],
    ["against it", (n, size) => size - n],
    ["in no order", (n, size) => (n * 7919) % size],
  ])(
    "takes in and gives up an item in so many comparisons as its logarithm, filled %s",
    (_, of) => {
      const perItem = (size: number) => {
        const counted = new Counted();
        for (let n = 0; n < size; n++) counted.set.add(of(n, size));
        for (let n = 0; n < size; n++) counted.set.remove(of((n * 31) % size, size));
        expect(counted.set.size).toBe(0);
        return counted.comparisons / size;
      };
      expect(perItem(1000)).toBeLessThan(60);
      expect(perItem(64_000)).toBeLessThan(2 * perItem(1000));
    },
  );
});
