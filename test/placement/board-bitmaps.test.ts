import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Allocation } from "../../src/domain/allocation.js";
import { boardsOf } from "../../src/domain/allocation.js";
import type { BoardCoordinate, Size } from "../../src/domain/board.js";
import { BoardBitmaps } from "../../src/placement/bitmaps/board-bitmaps.js";
import {
  type BoardSnapshot,
  blankSnapshot,
  refresh,
} from "../../src/placement/bitmaps/board-snapshot.js";
import { boardOn, machines } from "./arbitraries.js";

function snapshotOf(bitmaps: BoardBitmaps): BoardSnapshot {
  const snapshot = blankSnapshot(bitmaps.buffer);
  refresh(bitmaps.buffer, snapshot);
  return snapshot;
}

/** The boards whose bit is set in planes z = 0, 1, 2, as text, sorted. */
function setIn(planes: Int32Array, { grid }: BoardSnapshot): string[] {
  const boards: string[] = [];
  for (let z = 0; z < 3; z++) {
    for (let y = 0; y < grid.height; y++) {
      for (let x = 0; x < grid.wordsPerRow * 32; x++) {
        const word = planes[z * grid.planeWords + y * grid.wordsPerRow + (x >> 5)]!;
        if ((word >>> (x & 31)) & 1) boards.push(`${[x, y, z]}`);
      }
    }
  }
  return boards.toSorted();
}

function allocationsOn(size: Size): fc.Arbitrary<Allocation> {
  const { width, height } = size;
  const block = fc
    .tuple(
      fc.nat(width - 1),
      fc.nat(height - 1),
      fc.integer({ min: 1, max: width }),
      fc.integer({ min: 1, max: height }),
    )
    .chain(([x, y, w, h]) =>
      fc.uniqueArray(fc.nat(w * h * 3 - 1), { maxLength: Math.min(6, w * h * 3 - 1) }).map(
        (missing): Allocation => ({
          x,
          y,
          width: w,
          height: h,
          board: null,
          missing: missing.toSorted((a, b) => a - b),
        }),
      ),
    );
  const single = boardOn(size).map(
    ([x, y, z]): Allocation => ({ x, y, width: 1, height: 1, board: z as 0 | 1 | 2, missing: [] }),
  );
  return fc.oneof(block, single);
}

describe("board bitmaps", () => {
  it("hold what a set of boards would, missing boards and wrapped blocks included", () => {
    const cases = machines.chain((machine) =>
      fc.record({
        machine: fc.constant(machine),
        steps: fc.array(fc.tuple(allocationsOn(machine.size), fc.boolean(), fc.nat()), {
          maxLength: 30,
        }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ machine: { size, deadBoards, deadLinks }, steps }) => {
        const bitmaps = new BoardBitmaps({ ...size, deadBoards, deadLinks });
        const dead = new Set(deadBoards.map(String));
        const busy = new Set<string>();
        const held: Allocation[] = [];
        const kept = blankSnapshot(bitmaps.buffer);
        for (const [allocation, free, which] of steps) {
          const epoch = bitmaps.epoch;
          if (free && held.length > 0) {
            const [gone] = held.splice(which % held.length, 1);
            bitmaps.release(gone!);
            for (const board of boardsOf(gone!, size)) busy.delete(`${board}`);
            expect(() => bitmaps.release(gone!)).toThrow(/free already/);
            expect(bitmaps.epoch).toBe(epoch + 2);
          } else {
            const boards = boardsOf(allocation, size).map(String);
            const taken = boards.some((board) => busy.has(board));
            expect(bitmaps.isFree(allocation)).toBe(
              !taken && !boards.some((board) => dead.has(board)),
            );
            if (taken) {
              expect(() => bitmaps.occupy(allocation)).toThrow(/in use already/);
              expect(bitmaps.epoch).toBe(epoch);
            } else {
              bitmaps.occupy(allocation);
              held.push(allocation);
              for (const board of boards) busy.add(board);
              expect(bitmaps.epoch).toBe(epoch + 2);
            }
          }
          const snapshot = snapshotOf(bitmaps);
          expect(snapshot.epoch).toBe(bitmaps.epoch);
          expect(setIn(snapshot.busy, snapshot)).toEqual([...busy].toSorted());
          if (which % 3 === 0) continue;
          refresh(bitmaps.buffer, kept);
          expect(kept.busy).toEqual(snapshot.busy);
          expect(kept.epoch).toBe(snapshot.epoch);
        }
        for (const allocation of held) bitmaps.release(allocation);
        expect(snapshotOf(bitmaps).busy.every((word) => word === 0)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("take a new set of dead boards and links, and leave boards in use alone", () => {
    const size = { width: 5, height: 3 };
    const deadSets = fc.uniqueArray(boardOn(size), { maxLength: 10, selector: String });
    fc.assert(
      fc.property(deadSets, deadSets, deadSets, (before, after, busy) => {
        const bitmaps = new BoardBitmaps({
          ...size,
          deadBoards: before,
          deadLinks: [[0, 0, 0, 1]],
        });
        for (const [x, y, z] of busy) {
          bitmaps.occupy({ x, y, width: 1, height: 1, board: z as 0 | 1 | 2, missing: [] });
        }
        const version = bitmaps.topologyVersion;
        bitmaps.setDead(after, [[4, 2, 1, 5]]);
        expect(bitmaps.topologyVersion).toBe(version + 1);
        const snapshot = snapshotOf(bitmaps);
        expect(setIn(snapshot.dead, snapshot)).toEqual(after.map(String).toSorted());
        expect(setIn(snapshot.busy, snapshot)).toEqual(busy.map(String).toSorted());
        const links = snapshot.deadLinks;
        const { planeWords } = snapshot.grid;
        const linkPlanes = (link: number) =>
          setIn(links.subarray(link * 3 * planeWords, (link + 1) * 3 * planeWords), snapshot);
        expect([0, 1, 2, 3, 4, 5].map(linkPlanes)).toEqual([[], [], [], [], [], ["4,2,1"]]);
      }),
    );
  });

  it("keep quarantined boards apart from dead ones", () => {
    const board: BoardCoordinate = [2, 1, 1];
    const single: Allocation = { x: 2, y: 1, width: 1, height: 1, board: 1, missing: [] };
    const bitmaps = new BoardBitmaps({ width: 4, height: 2, deadBoards: [], deadLinks: [] });
    bitmaps.setWithheld(board, true);
    expect(bitmaps.isFree(single)).toBe(false);
    const snapshot = snapshotOf(bitmaps);
    expect(setIn(snapshot.withheld, snapshot)).toEqual(["2,1,1"]);
    expect(setIn(snapshot.dead, snapshot)).toEqual([]);
    bitmaps.setDead([], []);
    expect(bitmaps.isFree(single)).toBe(false);
    bitmaps.setWithheld(board, false);
    expect(bitmaps.isFree(single)).toBe(true);
  });

  it("refuse boards and links that are not on the machine", () => {
    const machine = { width: 4, height: 2 };
    expect(() => new BoardBitmaps({ ...machine, deadBoards: [[4, 0, 0]], deadLinks: [] })).toThrow(
      "board [4, 0, 0] is not on the machine of 4 × 2 triads",
    );
    const bitmaps = new BoardBitmaps({ ...machine, deadBoards: [], deadLinks: [] });
    expect(() => bitmaps.setDead([], [[0, 2, 0, 0]])).toThrow(RangeError);
    expect(() => bitmaps.setWithheld([0, 0, 3], true)).toThrow(RangeError);
  });
});
