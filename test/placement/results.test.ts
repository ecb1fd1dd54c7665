/** What a placement means: its boards, its periphery, how it wraps, against the same in plain words. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Allocation } from "../../src/domain/allocation.js";
import { boardCountOf, boardsOf, peripheryOf, wrapOf } from "../../src/domain/allocation.js";
import { type Size, wrap } from "../../src/domain/board.js";
import { ALL_LINKS, followLink, LINK_STEPS } from "../../src/domain/links.js";
import { BoardBitmaps } from "../../src/placement/bitmaps/board-bitmaps.js";
import { blankSnapshot, refresh } from "../../src/placement/bitmaps/board-snapshot.js";
import { MachineSearch } from "../../src/placement/search/machine-search.js";
import { machines, requestsOn } from "./arbitraries.js";

function plainPeriphery(boards: readonly (readonly [number, number, number])[], size: Size) {
  const own = new Set(boards.map(String));
  return boards.flatMap((board) =>
    ALL_LINKS.filter((link) => !own.has(`${followLink(board, link, size).board}`)).map(
      (link) => `${board} ${link}`,
    ),
  );
}

/** x (1) and y (2) when a link between two boards of the allocation crosses its own edge there. */
function plainWrap({ x, y, width, height, board }: Allocation, size: Size, own: Set<string>) {
  let crossed = 0;
  if (board !== null) return crossed;
  for (const name of own) {
    const [bx, by, bz] = name.split(",").map(Number) as [number, number, number];
    for (const link of ALL_LINKS) {
      if (!own.has(`${followLink([bx, by, bz], link, size).board}`)) continue;
      const [sx, sy] = LINK_STEPS[bz]![link]!;
      const [dx, dy] = [wrap(bx - x, size.width) + sx, wrap(by - y, size.height) + sy];
      if (dx < 0 || dx >= width) crossed |= 1;
      if (dy < 0 || dy >= height) crossed |= 2;
    }
  }
  return crossed;
}

describe("placements on random machines", () => {
  it("have the periphery and the wrap that plain words give them, do not overlap, and leave no trace", () => {
    const cases = machines.chain((machine) =>
      fc.record({
        machine: fc.constant(machine),
        requests: fc.array(requestsOn(machine.size), { minLength: 1, maxLength: 8 }),
        order: fc.infiniteStream(fc.nat()),
      }),
    );
    let [placed, wrapped, wrappedBlocks] = [0, 0, 0];
    fc.assert(
      fc.property(cases, ({ machine: { size, deadBoards, deadLinks }, requests, order }) => {
        const bitmaps = new BoardBitmaps({ ...size, deadBoards, deadLinks });
        const search = new MachineSearch(bitmaps.buffer);
        const fresh = blankSnapshot(bitmaps.buffer);
        refresh(bitmaps.buffer, fresh);
        const taken = new Set<string>();
        const live: Allocation[] = [];
        for (const request of requests) {
          search.refresh();
          const allocation = search.place(request);
          if (allocation === null) continue;
          placed++;
          const boards = boardsOf(allocation, size);
          const own = new Set(boards.map(String));
          expect(boardCountOf(allocation)).toBe(own.size);
          for (const name of own) {
            expect(taken.has(name)).toBe(false);
            taken.add(name);
          }
          expect(
            peripheryOf(allocation, size)
              .map(([board, link]) => `${board} ${link}`)
              .toSorted(),
          ).toEqual(plainPeriphery(boards, size).toSorted());
          const expected = plainWrap(allocation, size, own);
          expect(wrapOf(allocation, size)).toBe(expected);
          if (expected !== 0) wrapped++;
          if (allocation.x + allocation.width > size.width) wrappedBlocks++;
          bitmaps.occupy(allocation);
          live.push(allocation);
        }
        while (live.length > 0) {
          const [gone] = live.splice(order.next().value! % live.length, 1);
          bitmaps.release(gone!);
        }
        const after = blankSnapshot(bitmaps.buffer);
        refresh(bitmaps.buffer, after);
        expect(after.busy).toEqual(fresh.busy);
        expect(after.dead).toEqual(fresh.dead);
        expect(after.deadLinks).toEqual(fresh.deadLinks);
        search.refresh();
        const again = new MachineSearch(bitmaps.buffer);
        for (const request of requests) expect(search.place(request)).toEqual(again.place(request));
      }),
      { numRuns: 3000 },
    );
    expect(placed).toBeGreaterThan(3000);
    expect(wrapped).toBeGreaterThan(300);
    expect(wrappedBlocks).toBeGreaterThan(20);
  });
});
