import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BoardCoordinate,
  boardCount,
  boardIndex,
  boardOfIndex,
  isInside,
} from "../../src/domain/board.js";
import {
  boardOfChip,
  boardOfEthernetChip,
  type ChipCoordinate,
  ethernetChip,
  sizeInChips,
} from "../../src/domain/chips.js";
import {
  ALL_LINKS,
  followLink,
  type Link,
  oppositeLink,
  type WrapAround,
} from "../../src/domain/links.js";
import { anySize, anySizeAndBoard } from "./arbitraries.js";

interface Vectors {
  links: {
    width: number;
    height: number;
    board: BoardCoordinate;
    link: Link;
    to: BoardCoordinate;
    wrap: WrapAround;
  }[];
  chips: {
    width: number;
    height: number;
    chip: ChipCoordinate;
    board: BoardCoordinate;
    board_chip: ChipCoordinate;
    ethernet_chip: ChipCoordinate;
  }[];
  triads_to_chips: { w: number; h: number; wrap: WrapAround; chips: [number, number] }[];
}

const file = new URL("../data/vectors/geometry.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;

describe("geometry agrees with the reference vectors", () => {
  it("on where links lead and which edges they cross", () => {
    expect(vectors.links.length).toBeGreaterThan(100);
    for (const vector of vectors.links) {
      const { board, link, to, wrap } = vector;
      expect(followLink(board, link, vector), JSON.stringify(vector)).toEqual({ board: to, wrap });
    }
  });

  it("on which board a chip is on, and where on the board", () => {
    expect(vectors.chips.length).toBeGreaterThan(100);
    for (const vector of vectors.chips) {
      const { chip, board, board_chip: boardChip } = vector;
      expect(boardOfChip(chip, vector), JSON.stringify(vector)).toEqual({ board, boardChip });
      const [x, y] = ethernetChip(board);
      const onTorus = [x % (12 * vector.width), y % (12 * vector.height)];
      expect(onTorus, JSON.stringify(vector)).toEqual(vector.ethernet_chip);
    }
  });

  it("on the size of allocations in chips", () => {
    expect(vectors.triads_to_chips.length).toBeGreaterThan(10);
    for (const { w, h, wrap, chips } of vectors.triads_to_chips) {
      const { width, height } = sizeInChips({ width: w, height: h }, wrap);
      expect([width, height]).toEqual(chips);
    }
  });
});

describe("links", () => {
  it("lead back by the opposite link, across the same edges", () => {
    fc.assert(
      fc.property(anySizeAndBoard, fc.constantFrom(...ALL_LINKS), ({ size, board }, link) => {
        const there = followLink(board, link, size);
        expect(isInside(there.board, size)).toBe(true);
        expect(followLink(there.board, oppositeLink(link), size)).toEqual({
          board,
          wrap: there.wrap,
        });
      }),
    );
  });

  it("lead every board to six different boards when the machine is large enough", () => {
    fc.assert(
      fc.property(anySizeAndBoard, ({ size, board }) => {
        fc.pre(size.width > 1 && size.height > 1);
        const neighbours = ALL_LINKS.map((link) => String(followLink(board, link, size).board));
        expect(new Set([...neighbours, String(board)]).size).toBe(7);
      }),
    );
  });
});

describe("boards", () => {
  it("have one dense index each", () => {
    fc.assert(
      fc.property(anySize, (size) => {
        const boards = Array.from({ length: boardCount(size) }, (_, i) => boardOfIndex(i, size));
        expect(boards.every((board) => isInside(board, size))).toBe(true);
        expect(boards.map((board) => boardIndex(board, size))).toEqual([...boards.keys()]);
      }),
    );
  });

  it("share out the chips of the torus: each chip is on one board, each board has 48", () => {
    fc.assert(
      fc.property(anySize, (size) => {
        const [columns, rows] = [12 * size.width, 12 * size.height];
        const astray: ChipCoordinate[] = [];
        const places = new Set<string>();
        const chipsOf = new Map<string, number>();
        for (let x = 0; x < columns; x++) {
          for (let y = 0; y < rows; y++) {
            const { board, boardChip } = boardOfChip([x, y], size);
            const [ex, ey] = ethernetChip(board);
            const back = [(ex + boardChip[0]) % columns, (ey + boardChip[1]) % rows];
            if (back[0] !== x || back[1] !== y) astray.push([x, y]);
            places.add(`${board}:${boardChip}`);
            chipsOf.set(String(board), (chipsOf.get(String(board)) ?? 0) + 1);
          }
        }
        expect(astray).toEqual([]);
        expect(places.size).toBe(144 * size.width * size.height);
        expect(chipsOf.size).toBe(boardCount(size));
        expect([...chipsOf.values()].every((chips) => chips === 48)).toBe(true);
      }),
      { numRuns: 10 },
    );
  });

  it("are found by their Ethernet chip, and by no other", () => {
    fc.assert(
      fc.property(anySizeAndBoard, fc.nat(7), fc.nat(7), ({ board }, dx, dy) => {
        const [x, y] = ethernetChip(board);
        expect(boardOfEthernetChip([x, y])).toEqual(board);
        fc.pre(dx !== dy && !(dx === 4 && dy === 8));
        const onSameBoard = boardOfChip([x + dx, y + dy], { width: 99, height: 99 });
        fc.pre(onSameBoard.boardChip.some((part) => part !== 0));
        expect(boardOfEthernetChip([x + dx, y + dy])).toBeNull();
      }),
    );
  });
});
