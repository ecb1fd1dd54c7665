import { describe, expect, it } from "vitest";
import { changeArguments, listArguments } from "../../src/operator/arguments.js";

describe("the arguments of an operator's command", () => {
  it("are taken as they are when they are right", () => {
    expect(listArguments({})).toEqual({ released: false });
    expect(listArguments({ released: true })).toEqual({ released: true });
    const boards = [{ board: [3, 1, 2] }, { place: [0, 3, 7] }, { frame: [0, 3] }];
    const change = { machine: "m", boards, reason: "" };
    expect(changeArguments(change)).toEqual(change);
  });

  const right = { machine: "m", boards: [{ board: [0, 0, 0] }], reason: "it smells" };

  it.each([
    [{ ...right, machine: 5 }, "machine is 5; it must be the name of a machine"],
    [{ boards: right.boards, reason: "" }, "machine is missing"],
    [{ ...right, reason: null }, "reason is null; it must be a text"],
    [{ ...right, boards: [] }, "boards is []; it must be a list of at least one board"],
    [
      { ...right, boards: [{ board: [0, 0] }] },
      'boards[0] is {"board":[0,0]}; it must be {"board"',
    ],
    [{ ...right, boards: [{ board: [0, 0, -1] }] }, "boards[0] is"],
    [{ ...right, boards: [{ board: [0, 0, 0.5] }] }, "boards[0] is"],
    [{ ...right, boards: [{ frame: [0, 0, 0] }] }, "boards[0] is"],
    [{ ...right, boards: [{ board: [0, 0, 0], frame: [0, 0] }] }, "boards[0] is"],
    [{ ...right, boards: [{ frame: [0, 0] }, null] }, "boards[1] is null"],
    [{ ...right, board: 1 }, "no argument board; there are machine, boards, reason"],
  ])("%j is an error that says what would be right", (args, message) => {
    expect(() => changeArguments(args)).toThrow(message);
  });

  it("of a list too", () => {
    expect(() => listArguments({ released: 1 })).toThrow("released is 1; it must be true or false");
  });
});
