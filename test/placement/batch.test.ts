import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boardsOf, singleBoard } from "../../src/domain/allocation.js";
import { type BoardCoordinate, boardIndex } from "../../src/domain/board.js";
import type { PlacementRequest } from "../../src/domain/request.js";
import { BatchPlacer, placeBatch } from "../../src/placement/batch.js";
import type { SearchItem } from "../../src/placement/batch-types.js";
import { BoardBitmaps } from "../../src/placement/bitmaps/board-bitmaps.js";
import { rowsOpenTo } from "../../src/placement/reserved-rows.js";
import { boardOn, machines, requestsOn } from "./arbitraries.js";
import { PlainMachine } from "./plain-model.js";

const size = { width: 4, height: 2 };

function freshMachine(): BoardBitmaps {
  return new BoardBitmaps({ ...size, deadBoards: [], deadLinks: [] });
}

function triads(width: number, height: number): PlacementRequest {
  return {
    size: { kind: "triads", width, height },
    minRatio: 0,
    maxDeadBoards: null,
    maxDeadLinks: null,
    requireTorus: false,
  };
}

function items(requests: readonly PlacementRequest[], checkPossible = true): SearchItem[] {
  return requests.map((request, jobId) => ({ jobId, request, checkPossible }));
}

function outcomes(requests: readonly PlacementRequest[], overtake: boolean): string[] {
  const { buffer } = freshMachine();
  return placeBatch({ bitmaps: buffer, items: items(requests), overtake }).results.map(
    ({ outcome }) => outcome,
  );
}

describe("a batch", () => {
  it("places its jobs in order until the first that does not fit, and then none", () => {
    const requests = [triads(3, 2), triads(2, 1), triads(1, 1)];
    expect(outcomes(requests, false)).toEqual(["placed", "waiting", "waiting"]);
  });

  it("takes boards to avoid only when there is no room without them, and leaves no trace of them", () => {
    const cases = machines.chain(({ size: on, ...dead }) =>
      fc.record({
        machine: fc.constant({ ...on, ...dead }),
        busy: fc.uniqueArray(boardOn(on), { maxLength: 8, selector: String }),
        avoid: fc.uniqueArray(boardOn(on), { minLength: 1, maxLength: 12, selector: String }),
        requests: fc.array(requestsOn(on), { minLength: 1, maxLength: 4 }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ machine, busy, avoid, requests }) => {
        const avoided = avoid.map((board) => boardIndex(board, machine));
        const place = (taken: readonly BoardCoordinate[], request: PlacementRequest) => {
          const bitmaps = new BoardBitmaps(machine);
          for (const board of taken) bitmaps.occupy(singleBoard(board));
          const item = { jobId: 0, request, checkPossible: false };
          const batch = { bitmaps: bitmaps.buffer, items: [item], overtake: true };
          return placeBatch(batch).results[0]!;
        };
        const placer = new BatchPlacer();
        const kept = new BoardBitmaps(machine);
        for (const board of busy) kept.occupy(singleBoard(board));
        const both = new Map([...busy, ...avoid].map((board) => [String(board), board]));
        for (const request of requests) {
          const without = place([...both.values()], request);
          const withThem = place(busy, request);
          const item = { jobId: 0, request, checkPossible: false, avoid: avoided };
          const batch = { bitmaps: kept.buffer, items: [item], overtake: true };
          // The placer keeps what it knows of the machine; nothing of an earlier job may stay in it.
          const found = placer.place(batch).results[0]!;
          const fits = without.outcome === "placed" ? without : withThem;
          expect(found.outcome).toBe(fits.outcome);
          if (found.outcome !== "placed" || without.outcome !== "placed") continue;
          const boards = boardsOf(found.allocation, machine);
          expect(boards.some((board) => avoid.some((each) => `${each}` === `${board}`))).toBe(
            false,
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  it("ends when its time is over, with at least one result", () => {
    const requests = Array.from({ length: 8 }, () => triads(1, 1));
    for (const [mostMs, results] of [
      [0, 1],
      [1, 1],
      [3, 3],
      [100, 8],
    ] as const) {
      let now = 50;
      const placer = new BatchPlacer({ mostMs, now: () => now++ });
      const batch = { bitmaps: freshMachine().buffer, items: items(requests), overtake: false };
      expect(placer.place(batch).results).toHaveLength(results);
    }
  });

  it("places behind a job that does not fit when overtaking is allowed", () => {
    const requests = [triads(3, 2), triads(2, 1), triads(1, 1), triads(1, 1), triads(1, 1)];
    expect(outcomes(requests, true)).toEqual(["placed", "waiting", "placed", "placed", "waiting"]);
  });

  it("keeps the high rows clear of small jobs behind a large one that does not fit", () => {
    const eight = { width: 8, height: 8 };
    const bitmaps = new BoardBitmaps({ ...eight, deadBoards: [], deadLinks: [] });
    const small = Array.from({ length: 60 }, () => triads(1, 1));
    const board = { ...triads(1, 1), size: { kind: "board", board: [0, 7, 0] } } as const;
    const place = (requests: readonly PlacementRequest[], largestWaiting: number) =>
      placeBatch({
        bitmaps: bitmaps.buffer,
        items: items(requests),
        overtake: true,
        largestWaiting,
      }).results;
    const rowsOf = (results: ReturnType<typeof place>) =>
      results.map((result) => (result.outcome === "placed" ? result.allocation.y : null));

    expect(rowsOpenTo(small[0]!, 16, eight)).toBe(2);
    const beside = rowsOf(place(small, 16));
    expect(beside.slice(0, 16).every((y) => y !== null && y < 2)).toBe(true);
    expect(beside.slice(16).every((y) => y === null)).toBe(true);
    // One of the batch that does not fit does as much; one that is not large enough does nothing.
    bitmaps.occupy({ x: 0, y: 0, width: 1, height: 1, board: 0, missing: [] });
    const behind = rowsOf(place([triads(8, 8), ...small], 0));
    expect(behind[0]).toBeNull();
    expect(Math.max(...behind.map((y) => y ?? 0))).toBe(1);
    expect(rowsOf(place(small, 15)).every((y) => y !== null)).toBe(true);
    expect(rowsOf(place([triads(4, 2), board], 64))).toEqual([0, 7]);
  });

  it("is not held up by an impossible job, and tells of those behind the waiting one", () => {
    const requests = [triads(5, 1), triads(4, 2), triads(1, 1), triads(3, 3), triads(0, 1)];
    expect(outcomes(requests, false)).toEqual([
      "impossible",
      "placed",
      "waiting",
      "impossible",
      "impossible",
    ]);
  });

  it("calls a job whose possibility need not be checked waiting", () => {
    const { buffer } = freshMachine();
    const batch = { bitmaps: buffer, items: items([triads(5, 1)], false), overtake: false };
    expect(placeBatch(batch).results).toEqual([{ outcome: "waiting", rows: 2 }]);
  });

  it("tells a job that needs quarantined boards from an impossible one; neither holds up anybody", () => {
    const bitmaps = freshMachine();
    bitmaps.setWithheld([0, 0, 0], true);
    const whole = { ...triads(4, 2), maxDeadBoards: 0 };
    const batch = {
      bitmaps: bitmaps.buffer,
      items: items([whole, triads(4, 2), triads(1, 1), whole]),
      overtake: false,
    };
    const told = () => placeBatch(batch).results.map(({ outcome }) => outcome);
    expect(told()).toEqual(["needsWithheld", "placed", "waiting", "needsWithheld"]);
    bitmaps.setDead([[0, 0, 0]], []);
    expect(told()).toEqual(["impossible", "placed", "waiting", "impossible"]);
    bitmaps.setWithheld([0, 0, 0], false);
    bitmaps.setDead([], []);
    expect(told()).toEqual(["placed", "waiting", "waiting", "waiting"]);
  });

  it("finds possible what the machine as it is could hold, though not with its quarantined boards back", () => {
    const bitmaps = new BoardBitmaps({ ...size, deadBoards: [], deadLinks: [[0, 0, 1, 0]] });
    bitmaps.setWithheld([0, 0, 1], true);
    const busy = { x: 3, y: 1, width: 1, height: 1, board: 2, missing: [] } as const;
    bitmaps.occupy(busy);
    const limits = { maxDeadBoards: 1, maxDeadLinks: 0, requireTorus: true };
    const whole = { ...triads(4, 2), ...limits };
    const batch = { bitmaps: bitmaps.buffer, items: items([whole]), overtake: false };
    expect(placeBatch(batch).results).toEqual([{ outcome: "waiting", rows: 2 }]);
    bitmaps.setWithheld([0, 0, 1], false);
    expect(placeBatch(batch).results).toEqual([{ outcome: "impossible" }]);
  });

  it("proposes on a copy: the bitmaps stay as they are, and the epoch is theirs", () => {
    const bitmaps = freshMachine();
    const placer = new BatchPlacer();
    const batch = { bitmaps: bitmaps.buffer, items: items([triads(4, 2)]), overtake: false };
    const [first, second] = [placer.place(batch), placer.place(batch)];
    expect(second).toEqual(first);
    expect(first.epoch).toBe(bitmaps.epoch);
    const [result] = first.results;
    if (result?.outcome !== "placed") throw new Error("not placed");
    bitmaps.occupy(result.allocation);
    expect(placer.place(batch).results).toEqual([{ outcome: "waiting", rows: 2 }]);
    bitmaps.release(result.allocation);
    expect(placer.place(batch).results).toEqual(first.results);
  });

  it("never gives a board twice, however placements, frees and reloads follow one another", () => {
    const cases = machines.chain((machine) =>
      fc.record({
        machine: fc.constant(machine),
        rounds: fc.array(
          fc.record({
            requests: fc.array(requestsOn(machine.size), { maxLength: 5 }),
            overtake: fc.boolean(),
            largestWaiting: fc.constantFrom(0, 0, 16, 40, 100),
            dead: fc.option(
              fc.uniqueArray(boardOn(machine.size), { maxLength: 4, selector: String }),
            ),
            keep: fc.nat(),
          }),
          { maxLength: 6 },
        ),
      }),
    );
    fc.assert(
      fc.property(cases, ({ machine, rounds }) => {
        const bitmaps = new BoardBitmaps({ ...machine.size, ...machine });
        const placer = new BatchPlacer();
        let plain = new PlainMachine(machine.size, machine.deadBoards, machine.deadLinks);
        let live: (readonly [allocation: Parameters<BoardBitmaps["occupy"]>[0], id: number])[] = [];
        for (const { requests, overtake, largestWaiting, dead, keep } of rounds) {
          if (dead !== null) {
            bitmaps.setDead(dead, []);
            const { busy } = plain;
            plain = new PlainMachine(machine.size, dead, []);
            for (const board of busy) plain.busy.add(board);
          }
          const { results } = placer.place({
            bitmaps: bitmaps.buffer,
            items: items(requests),
            overtake,
            largestWaiting: overtake ? largestWaiting : 0,
          });
          let waiting = false;
          results.forEach((result, index) => {
            const request = requests[index]!;
            if (result.outcome !== "placed") {
              const rows = result.outcome === "waiting" ? result.rows : machine.size.height;
              if (overtake || !waiting) expect(plain.hasPlaceFor(request, rows)).toBe(false);
              waiting ||= result.outcome === "waiting";
              return;
            }
            expect(waiting && !overtake).toBe(false);
            expect(plain.faultOf(result.allocation, request)).toBeNull();
            expect(bitmaps.isFree(result.allocation)).toBe(true);
            bitmaps.occupy(result.allocation);
            for (const board of boardsOf(result.allocation, machine.size))
              plain.busy.add(`${board}`);
            live.push([result.allocation, live.length]);
          });
          const gone = live.filter(([, id]) => (keep >> (id % 30)) & 1);
          live = live.filter(([, id]) => !((keep >> (id % 30)) & 1));
          for (const [allocation] of gone) {
            bitmaps.release(allocation);
            for (const board of boardsOf(allocation, machine.size)) plain.busy.delete(`${board}`);
          }
        }
      }),
      { numRuns: 600 },
    );
  });
});
