/** The room that a block takes, against a count of all free squares with the block and without. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Grid, gridOf } from "../../src/placement/bitmaps/bit-rows.js";
import { SpoiledSquares } from "../../src/placement/search/spoiled-squares.js";

const LARGEST = 8;

function squaresWorth(free: (x: number, y: number) => boolean, { width, height }: Grid): number {
  let worth = 0;
  for (let side = 1; side <= LARGEST; side++) {
    for (let x = 0; x < width; x++) {
      for (let y = 0; y < height; y++) {
        let all = true;
        for (let i = 0; i < side * side && all; i++) {
          all = free((x + (i % side)) % width, (y + Math.floor(i / side)) % height);
        }
        if (all) worth += side * side;
      }
    }
  }
  return worth;
}

const machines = fc
  .record({ width: fc.integer({ min: 8, max: 45 }), height: fc.integer({ min: 8, max: 20 }) })
  .chain(({ width, height }) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      x: fc.nat(width - 1),
      y: fc.nat(height - 1),
      w: fc.integer({ min: 1, max: Math.min(width, 9) }),
      h: fc.integer({ min: 1, max: Math.min(height, 9) }),
      taken: fc.array(fc.tuple(fc.nat(width - 1), fc.nat(height - 1)), { maxLength: 60 }),
    }),
  );

describe("the room that a block takes", () => {
  it("is what its free squares are worth less what remains of them, around the torus", () => {
    fc.assert(
      fc.property(machines, ({ width, height, x, y, w, h, taken }) => {
        const grid = gridOf({ width, height });
        const inBlock = (px: number, py: number) =>
          (px - x + width) % width < w && (py - y + height) % height < h;
        const busy = new Set(taken.filter(([px, py]) => !inBlock(px, py)).map(String));
        const free = new Int32Array(grid.planeWords);
        for (let py = 0; py < height; py++) {
          for (let px = 0; px < width; px++) {
            if (busy.has(`${px},${py}`)) continue;
            const at = py * grid.wordsPerRow + (px >>> 5);
            free[at] = free[at]! | (1 << (px & 31));
          }
        }
        const before = squaresWorth((px, py) => !busy.has(`${px},${py}`), grid);
        const after = squaresWorth((px, py) => !busy.has(`${px},${py}`) && !inBlock(px, py), grid);
        expect(new SpoiledSquares(grid).weightOf(free, x, y, w, h)).toBe(before - after);
      }),
      { numRuns: 300 },
    );
  });

  it("of a block too large to look around is that of its own triads", () => {
    const grid = gridOf({ width: 100, height: 100 });
    const free = new Int32Array(grid.planeWords).fill(-1);
    expect(new SpoiledSquares(grid).weightOf(free, 3, 4, 40, 50)).toBe(2000);
  });
});
