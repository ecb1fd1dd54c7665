import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { boardLocationsFromSpinner, Machine } from "../../../src/index.js";

const folder = mkdtempSync(join(tmpdir(), "spinner-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string) {
  const file = join(folder, "boards.csv");
  writeFileSync(file, text);
  return boardLocationsFromSpinner(file);
}

const layout = (boards: number) =>
  new URL(`../../data/spinner/spinner-${boards}.csv`, import.meta.url);

describe("board locations from SpiNNer", () => {
  it.each([
    [3, 1, 1],
    [24, 4, 2],
    [120, 8, 5],
    [600, 20, 10],
    [1200, 20, 20],
  ])(
    "of %i boards make a machine of %i × %i triads without dead boards",
    (boards, width, height) => {
      const boardLocations = boardLocationsFromSpinner(layout(boards));
      expect(boardLocations).toHaveLength(boards);
      const machine = Machine.withStandardIps({ name: "m", boardLocations });
      expect(machine).toMatchObject({ width, height, deadBoards: [] });
      expect(new Set(machine.spinnakerIps.map(([, address]) => address)).size).toBe(boards);
      expect(machine.bmpIps).toHaveLength(Math.ceil(boards / 24));
    },
  );

  it("are read whatever the order of the columns, spaces, blank lines and line ends", () => {
    const text = "\uFEFFx,y, board,frame,cabinet\r\n8,4,3,2,1\r\n\r\n 16 , 8 ,6,5,4\r\n";
    expect(read(text)).toEqual([
      [
        [0, 0, 1],
        [1, 2, 3],
      ],
      [
        [1, 0, 2],
        [4, 5, 6],
      ],
    ]);
  });

  const header = "cabinet,frame,board,x,y";
  it.each([
    ["an empty file", "", ":1: the file is empty", header],
    ["a file without boards", `${header}\n`, ":1: the file lists no boards", "each line"],
    ["a missing column", "cabinet,frame,board,x\n0,0,0,0\n", ":1: there is no column y", "needed"],
    ["a column twice", "cabinet,frame,board,x,y,x\n", ":1: there are two columns x", "must be one"],
    ["a repeated chip", `${header}\n0,0,0,0,0\n0,0,1,0,0\n`, ":3: chip (0, 0)", "line 2"],
    ["a repeated position", `${header}\n0,0,0,0,0\n0,0,0,8,4\n`, ":3: the position", "line 2"],
    ["a chip without Ethernet", `${header}\n0,0,0,0,0\n\n0,0,1,8,5\n`, ":4: chip (8, 5)", "(8, 4)"],
    ["a value that is not a number", `${header}\n0,0,zero,0,0\n`, ":2: board is", '"zero"'],
    ["a negative value", `${header}\n0,0,0,-12,0\n`, ":2: x is", '"-12"'],
    ["a fraction", `${header}\n0,0,0,0.5,0\n`, ":2: x is", '"0.5"'],
    ["a short line", `${header}\n0,0,0,0\n`, ":2: y is undefined", "a whole number"],
    ["a board no BMP can address", `${header}\n0,0,32,0,0\n`, ":2: [0, 0, 32]", "at most 31"],
    ["an open quote", `${header}\n"0,0,0,0,0\n`, "boards.csv: ", "Quote"],
  ])("reject %s and say where", (_, text, where, what) => {
    expect(() => read(text)).toThrow(where);
    expect(() => read(text)).toThrow(what);
    expect(() => read(text)).toThrow(join(folder, "boards.csv"));
  });

  it("say which file cannot be read", () => {
    const missing = join(folder, "none.csv");
    expect(() => boardLocationsFromSpinner(missing)).toThrow(
      `cannot read the board positions in ${missing}: ENOENT`,
    );
  });
});
