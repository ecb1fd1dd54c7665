import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Allocation } from "../../src/domain/allocation.js";
import { boardsOf } from "../../src/domain/allocation.js";
import { ALL_LINKS } from "../../src/domain/links.js";
import type { DeadLink } from "../../src/domain/machine.js";
import type { PlacementRequest } from "../../src/domain/request.js";
import { BoardBitmaps } from "../../src/placement/bitmaps/board-bitmaps.js";
import { MachineSearch } from "../../src/placement/search/machine-search.js";
import { boardOn, type MachineCase, machines, requestsOn } from "./arbitraries.js";
import { PlainMachine } from "./plain-model.js";

function searchOf({ size, deadBoards, deadLinks }: MachineCase): MachineSearch {
  return new MachineSearch(new BoardBitmaps({ ...size, deadBoards, deadLinks }).buffer);
}

function singleBoard(board: readonly [number, number, number]): PlacementRequest {
  return {
    size: { kind: "board", board },
    minRatio: 0,
    maxDeadBoards: null,
    maxDeadLinks: null,
    requireTorus: false,
  };
}

describe("the search", () => {
  it("finds a place whenever there is one in the rows that are open, and only a right one", () => {
    const cases = machines.chain((machine) =>
      fc.record({
        machine: fc.constant(machine),
        busy: fc.uniqueArray(boardOn(machine.size), { maxLength: 8, selector: String }),
        requests: fc.array(
          fc.record({
            request: requestsOn(machine.size),
            rows: fc.oneof(
              fc.constant(machine.size.height),
              fc.integer({ min: 1, max: machine.size.height }),
            ),
          }),
          { minLength: 1, maxLength: 4 },
        ),
      }),
    );
    let placed = 0;
    let refused = 0;
    fc.assert(
      fc.property(cases, ({ machine, busy, requests }) => {
        const search = searchOf(machine);
        const plain = new PlainMachine(machine.size, machine.deadBoards, machine.deadLinks);
        for (const board of busy) {
          if (search.place(singleBoard(board)) !== null) plain.busy.add(`${board}`);
        }
        for (const { request, rows } of requests) {
          const allocation = search.place(request, rows);
          if (allocation === null) {
            refused++;
            expect(plain.hasPlaceFor(request, rows)).toBe(false);
            continue;
          }
          placed++;
          if (rows < machine.size.height && request.size.kind !== "board") {
            expect(allocation.y + allocation.height).toBeLessThanOrEqual(rows);
          }
          expect(plain.faultOf(allocation, request)).toBeNull();
          for (const board of boardsOf(allocation, machine.size)) {
            expect(plain.busy.has(`${board}`)).toBe(false);
            plain.busy.add(`${board}`);
          }
        }
      }),
      { numRuns: 4000 },
    );
    expect(placed).toBeGreaterThan(1000);
    expect(refused).toBeGreaterThan(1000);
  });

  it("calls possible exactly what the empty machine can hold", () => {
    const cases = machines.chain((machine) =>
      fc.record({ machine: fc.constant(machine), request: requestsOn(machine.size) }),
    );
    fc.assert(
      fc.property(cases, ({ machine, request }) => {
        const search = searchOf(machine);
        const plain = new PlainMachine(machine.size, machine.deadBoards, machine.deadLinks);
        const possible = plain.hasPlaceFor(request);
        expect(search.isPossible(request)).toBe(possible);
        while (search.place(singleBoardAnywhere) !== null);
        expect(search.isPossible(request)).toBe(possible);
      }),
      { numRuns: 800 },
    );
  });

  it("calls possible the same whatever was asked before, on machines with much that is dead", () => {
    const size = { width: 5, height: 4 };
    const links = fc
      .tuple(boardOn(size), fc.constantFrom(...ALL_LINKS))
      .map(([[x, y, z], link]): DeadLink => [x, y, z, link]);
    const cases = fc.record({
      deadBoards: fc.uniqueArray(boardOn(size), { maxLength: 16, selector: String }),
      deadLinks: fc.uniqueArray(links, { minLength: 15, maxLength: 80, selector: String }),
      requests: fc.array(
        fc.record({
          size: fc.record({
            kind: fc.constant("boards" as const),
            boards: fc.integer({ min: 2, max: 45 }),
          }),
          minRatio: fc.constantFrom(0, 0.333, 1),
          maxDeadBoards: fc.option(fc.constantFrom(0, 2, 5, 20)),
          maxDeadLinks: fc.option(fc.nat(12)),
          requireTorus: fc.constant(false),
        }),
        { minLength: 10, maxLength: 10 },
      ),
    });
    const answers = { true: 0, false: 0 };
    fc.assert(
      fc.property(cases, ({ deadBoards, deadLinks, requests }) => {
        const search = searchOf({ size, deadBoards, deadLinks });
        const plain = new PlainMachine(size, deadBoards, deadLinks);
        for (const request of requests) {
          const possible = plain.hasPlaceFor(request);
          answers[`${possible}`]++;
          expect(search.isPossible(request)).toBe(possible);
          search.refresh();
          expect(search.place(request) !== null).toBe(possible);
        }
      }),
      { numRuns: 100 },
    );
    expect(answers.true).toBeGreaterThan(200);
    expect(answers.false).toBeGreaterThan(200);
  });

  it("finds again, after all boards came back, what it found when the machine was new", () => {
    const cases = machines.chain((machine) =>
      fc.record({
        machine: fc.constant(machine),
        requests: fc.array(requestsOn(machine.size), { maxLength: 12 }),
        order: fc.infiniteStream(fc.nat()),
      }),
    );
    fc.assert(
      fc.property(cases, ({ machine, requests, order }) => {
        const search = searchOf(machine);
        const place = () => requests.map((request) => search.place(request));
        const first = place();
        const live = first.filter((allocation): allocation is Allocation => allocation !== null);
        while (live.length > 0) {
          const [gone] = live.splice(order.next().value! % live.length, 1);
          search.release(gone!);
        }
        expect(place()).toEqual(first);
      }),
      { numRuns: 1000 },
    );
  });

  it("stays complete on tall machines while boards come and go, and what did not fit is asked again", () => {
    const steps = fc.array(
      fc.record({
        width: fc.integer({ min: 1, max: 3 }),
        height: fc.integer({ min: 1, max: 7 }),
        release: fc.nat(5),
      }),
      { minLength: 20, maxLength: 60 },
    );
    const sizes = fc.record({
      width: fc.integer({ min: 2, max: 4 }),
      height: fc.integer({ min: 12, max: 40 }),
    });
    let refused = 0;
    fc.assert(
      fc.property(sizes, steps, (size, all) => {
        const search = searchOf({ size, deadBoards: [], deadLinks: [] });
        const plain = new PlainMachine(size, [], []);
        const live: Allocation[] = [];
        for (let i = 0; i < 2 * size.width * size.height; i++) {
          const { width, height, release } = all[i % all.length]!;
          const request: PlacementRequest = {
            ...singleBoardAnywhere,
            size: { kind: "triads", width: Math.min(width, size.width), height },
          };
          const allocation = search.place(request);
          if (allocation !== null) {
            expect(plain.faultOf(allocation, request)).toBeNull();
            for (const board of boardsOf(allocation, size)) plain.busy.add(`${board}`);
            live.push(allocation);
            continue;
          }
          refused++;
          expect(plain.hasPlaceFor(request)).toBe(false);
          const [gone] = live.splice((release * 7919 + i) % live.length, 1);
          search.release(gone!);
          for (const board of boardsOf(gone!, size)) plain.busy.delete(`${board}`);
          const again = search.place(request);
          expect(again !== null).toBe(plain.hasPlaceFor(request));
          if (again === null) continue;
          for (const board of boardsOf(again, size)) plain.busy.add(`${board}`);
          live.push(again);
        }
      }),
      { numRuns: 40 },
    );
    expect(refused).toBeGreaterThan(200);
  });

  it("finds the only free block wherever it starts, though every row has room for it", () => {
    const size = { width: 8, height: 70 };
    for (let start = 0; start < size.height; start++) {
      const bitmaps = new BoardBitmaps({ ...size, deadBoards: [], deadLinks: [] });
      for (let y = 0; y < size.height; y++) {
        const column = y === (start + 1) % size.height ? start : y;
        const free = column % 2 === 0 ? 0 : 4;
        const taken = { y, width: size.width - 2, height: 1, board: null, missing: [] };
        bitmaps.occupy({ ...taken, x: free + 2 });
      }
      const request: PlacementRequest = {
        ...singleBoardAnywhere,
        size: { kind: "triads", width: 2, height: 3 },
      };
      const allocation = new MachineSearch(bitmaps.buffer).place(request);
      expect(allocation).toMatchObject({ x: start % 2 === 0 ? 0 : 4, y: start });
    }
  });

  it("tries every free block when dead boards spoil those that are scored", () => {
    const size = { width: 20, height: 70 };
    const all = new PlainMachine(size, [], []).boardsOfBlock({ x: 0, y: 0, ...size });
    const deadBoards = all.filter(([x, y, z]) => z === 0 && !(x === 3 && y === 60));
    const search = searchOf({ size, deadBoards, deadLinks: [] });
    const oneTriad: PlacementRequest = {
      ...singleBoardAnywhere,
      size: { kind: "triads", width: 1, height: 1 },
    };
    expect(search.place(oneTriad)).toMatchObject({ x: 3, y: 60, board: null, missing: [] });
    expect(search.place(oneTriad)).toBeNull();
  });

  it("gives one board of a triad already broken open, the last free one of it first", () => {
    const search = searchOf({ size: { width: 8, height: 5 }, deadBoards: [], deadLinks: [] });
    const triads = new Set<string>();
    for (let boards = 1; boards <= 8 * 5 * 3; boards++) {
      const { x, y } = search.place(singleBoardAnywhere)!;
      triads.add(`${x} ${y}`);
      expect(triads.size).toBe(Math.ceil(boards / 3));
    }
    expect(search.place(singleBoardAnywhere)).toBeNull();
  });
});

const singleBoardAnywhere: PlacementRequest = {
  size: { kind: "boards", boards: 1 },
  minRatio: 0,
  maxDeadBoards: null,
  maxDeadLinks: null,
  requireTorus: false,
};
