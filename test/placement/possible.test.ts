/** Whether a job can ever run, on a machine of 1,200 boards: failures 12 and 13 of the Python server. */

import { describe, expect, it } from "vitest";
import type { BoardCoordinate } from "../../src/domain/board.js";
import type { PlacementRequest } from "../../src/domain/request.js";
import { BoardBitmaps } from "../../src/placement/bitmaps/board-bitmaps.js";
import { MachineSearch } from "../../src/placement/search/machine-search.js";
import { PlainMachine } from "./plain-model.js";

const SIZE = { width: 20, height: 20 };
const DEAD_BOARDS = 24;
const MACHINES = 1000;

const base = { minRatio: 0.333, maxDeadBoards: 0, maxDeadLinks: null, requireTorus: false };
const boards = (count: number): PlacementRequest => ({
  ...base,
  size: { kind: "boards", boards: count },
});
const triads = (width: number, height: number): PlacementRequest => ({
  ...base,
  size: { kind: "triads", width, height },
});

/** A small generator of its own, so that the thousand machines are the same ones every time. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function randomDeadBoards(random: (below: number) => number): BoardCoordinate[] {
  const dead = new Map<string, BoardCoordinate>();
  while (dead.size < DEAD_BOARDS) {
    const board: BoardCoordinate = [random(SIZE.width), random(SIZE.height), random(3)];
    dead.set(`${board}`, board);
  }
  return [...dead.values()];
}

/** Every block of every size at every position; those with too few live boards need no closer look. */
function plainlyPossible(dead: readonly BoardCoordinate[], request: PlacementRequest): boolean {
  const { width, height } = SIZE;
  const plain = new PlainMachine(SIZE, dead, []);
  const deadIn = Array.from({ length: width }, () => new Array<number>(height).fill(0));
  for (const [x, y] of dead) deadIn[x]![y]!++;
  const { size } = request;
  if (size.kind === "board") throw new Error("not for single boards");
  for (let h = 1; h <= height; h++) {
    if (size.kind === "triads" && size.height !== h) continue;
    for (let x = 0; x < width; x++) {
      for (let y = 0; y < height; y++) {
        let gone = 0;
        for (let w = 1; w <= width; w++) {
          for (let dy = 0; dy < h; dy++) gone += deadIn[(x + w - 1) % width]![(y + dy) % height]!;
          const asked = size.kind === "boards" ? size.boards : 3 * size.width * size.height;
          if (3 * w * h - gone < asked) continue;
          if (plain.serves({ x, y, width: w, height: h }, request)) return true;
        }
      }
    }
  }
  return false;
}

describe("failure Q12: a machine of 1,200 boards with 2 % of them dead", () => {
  const random = randomFrom(12);
  const machines = Array.from({ length: MACHINES }, () => randomDeadBoards(random));

  it.each([
    ["96 boards", boards(96)],
    ["192 boards", boards(192)],
    ["a block of 4 × 8 triads", triads(4, 8)],
    ["a block of 8 × 8 triads", triads(8, 8)],
    ["a block of 10 × 7 triads", triads(10, 7)],
  ])(
    "takes %s without a dead one exactly when they are there, a thousand times",
    { timeout: 300_000 },
    (_, request) => {
      let possible = 0;
      for (const deadBoards of machines) {
        const { buffer } = new BoardBitmaps({ ...SIZE, deadBoards, deadLinks: [] });
        const search = new MachineSearch(buffer);
        const expected = plainlyPossible(deadBoards, request);
        expect(search.isPossible(request)).toBe(expected);
        expect(search.place(request) !== null).toBe(expected);
        if (expected) possible++;
      }
      expect(possible).toBeGreaterThan(0);
    },
  );
});

describe("failure Q13: a block whose bottom-left board is dead", () => {
  const place = (
    size: { width: number; height: number },
    deadBoards: BoardCoordinate[],
    request: PlacementRequest,
  ) =>
    new MachineSearch(new BoardBitmaps({ ...size, deadBoards, deadLinks: [] }).buffer).place(
      request,
    );

  it("is moved by one", () => {
    const found = place({ width: 3, height: 1 }, [[0, 0, 0]], {
      ...triads(2, 1),
      maxDeadBoards: 1,
    });
    expect(found).toMatchObject({ width: 2, height: 1 });
    expect(found!.x).not.toBe(0);
  });

  it("is turned", () => {
    const size = { width: 3, height: 3 };
    const all = [0, 1, 2].flatMap((x) => [0, 1, 2].map((y): BoardCoordinate => [x, y, 0]));
    const only: BoardCoordinate = [1, 1, 0];
    const others = all.filter((board) => `${board}` !== `${only}`);
    for (const extra of [
      [2, 1, 1],
      [1, 2, 1],
    ] as const) {
      const request = { ...boards(6), minRatio: 0, maxDeadBoards: 1 };
      const found = place(size, [...others, [...extra]], request);
      expect(found).toMatchObject({ x: 1, y: 1 });
      expect(found).toMatchObject(
        extra[0] === 2 ? { width: 1, height: 2 } : { width: 2, height: 1 },
      );
    }
  });

  it("of a whole machine begins elsewhere, for a torus too", () => {
    const whole = { ...triads(3, 2), maxDeadBoards: 1, requireTorus: true };
    const found = place({ width: 3, height: 2 }, [[0, 0, 0]], whole);
    expect(found).toMatchObject({ width: 3, height: 2 });
    expect([found!.x, found!.y]).not.toEqual([0, 0]);
  });
});
