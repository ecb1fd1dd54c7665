/** Machines and requests for properties. */

import fc from "fast-check";
import type { BoardCoordinate, Size } from "../../src/domain/board.js";
import type { Link } from "../../src/domain/links.js";
import type { DeadLink } from "../../src/domain/machine.js";
import type { PlacementRequest } from "../../src/domain/request.js";

export interface MachineCase {
  readonly size: Size;
  readonly deadBoards: readonly BoardCoordinate[];
  readonly deadLinks: readonly DeadLink[];
}

export function boardOn({ width, height }: Size): fc.Arbitrary<BoardCoordinate> {
  return fc.tuple(fc.nat(width - 1), fc.nat(height - 1), fc.nat(2));
}

/** Small machines, and some wider than one and two words of a bit row. */
const sizes: fc.Arbitrary<Size> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      width: fc.integer({ min: 1, max: 6 }),
      height: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      width: fc.constantFrom(31, 32, 33, 64, 65, 70),
      height: fc.integer({ min: 1, max: 2 }),
    }),
  },
);

export const machines: fc.Arbitrary<MachineCase> = sizes.chain((size) => {
  const links = fc
    .tuple(boardOn(size), fc.nat(5))
    .map(([[x, y, z], link]): DeadLink => [x, y, z, link as Link]);
  return fc.record({
    size: fc.constant(size),
    deadBoards: fc.oneof(
      fc.constant([]),
      fc.uniqueArray(boardOn(size), { maxLength: 6, selector: String }),
    ),
    deadLinks: fc.oneof(
      fc.constant([]),
      fc.uniqueArray(links, { maxLength: 20, selector: String }),
    ),
  });
});

export function requestsOn(size: Size): fc.Arbitrary<PlacementRequest> {
  const boards = size.width * size.height * 3;
  return fc.record({
    size: fc.oneof(
      fc.record({
        kind: fc.constant("boards" as const),
        boards: fc.oneof(
          fc.constant(1),
          fc.integer({ min: -1, max: boards + 2 }),
          fc.integer({ min: 2, max: 12 }),
        ),
      }),
      fc.record({
        kind: fc.constant("triads" as const),
        width: fc.integer({ min: 0, max: size.width + 1 }),
        height: fc.integer({ min: 0, max: size.height + 1 }),
      }),
      fc.record({ kind: fc.constant("board" as const), board: boardOn(size) }),
    ),
    minRatio: fc.constantFrom(0, 0, 0.1, 0.333, 0.5, 1, 2),
    maxDeadBoards: fc.option(fc.constantFrom(0, 0, 1, 2, 5)),
    maxDeadLinks: fc.option(fc.constantFrom(0, 1, 3)),
    requireTorus: fc.oneof(
      { weight: 5, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
  });
}
