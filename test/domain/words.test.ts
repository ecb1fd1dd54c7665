import { expect, it } from "vitest";
import { boardName } from "../../src/domain/board-name.js";
import { counted } from "../../src/domain/counted.js";

it("a board is named by machine, coordinates and, where it has one, position", () => {
  expect(boardName("spin", [3, 1, 2], [0, 3, 7])).toBe(
    "board [3, 1, 2] of machine spin (cabinet 0, frame 3, board 7)",
  );
  expect(boardName("spin", [3, 1, 2], null)).toBe("board [3, 1, 2] of machine spin");
});

it("things are counted in the singular and the plural", () => {
  expect([0, 1, 2].map((count) => counted(count, "board"))).toEqual([
    "0 boards",
    "1 board",
    "2 boards",
  ]);
  expect(counted(2, "reply", "replies")).toBe("2 replies");
});
