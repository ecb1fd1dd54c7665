import { describe, expect, it } from "vitest";
import { answerTo, type OperatorCommands } from "../../src/operator/dispatch.js";
import { OperatorError } from "../../src/operator/wire.js";

/** What reached the commands. */
let carriedOut: object[] = [];

const commands: OperatorCommands = {
  "quarantine.list": (request) => {
    carriedOut.push(request);
    return { boards: [], silentBmps: [], suspectBmps: [] };
  },
  "quarantine.add": (request) => {
    carriedOut.push(request);
    return { boards: request.boards.length };
  },
  "quarantine.release": () => {
    throw new OperatorError("no");
  },
  "grace.list": () => ({ jobs: [] }),
  "grace.end": (request) => {
    carriedOut.push(request);
    return { jobs: request.jobs ?? [] };
  },
  "state.drop": async (request) => {
    carriedOut.push(request);
    return { dropped: request.numbers?.length ?? 0 };
  },
  "quarantine.drop": () => {
    throw new OperatorError("no");
  },
};

const silentLog = { debug() {}, info() {}, warn() {}, error() {} };

async function answer(request: unknown): Promise<object> {
  carriedOut = [];
  const line = typeof request === "string" ? request : JSON.stringify(request);
  return (await answerTo(commands, line, silentLog)).answer;
}

const add = (args: object) => answer({ command: "quarantine.add", arguments: args });

const right = { machine: "m", boards: [{ board: [0, 0, 0] }], reason: "it smells" };

describe("a request of an operator", () => {
  it("is carried out when it is right", async () => {
    expect(await answer({ command: "quarantine.list" })).toEqual({
      result: { boards: [], silentBmps: [], suspectBmps: [] },
    });
    expect(carriedOut).toEqual([{ released: false }]);
    const boards = [{ board: [3, 1, 2] }, { position: [0, 3, 7] }, { frame: [0, 3] }];
    expect(await add({ machine: "m", boards, reason: "" })).toEqual({ result: { boards: 3 } });
    expect(carriedOut).toEqual([{ machine: "m", boards, reason: "" }]);
  });

  it("waits for the disk only when it changes something", async () => {
    const waits = async (command: string, args: object) =>
      (await answerTo(commands, JSON.stringify({ command, arguments: args }), silentLog)).changed;
    expect(await waits("quarantine.list", {})).toBe(false);
    expect(await waits("grace.list", {})).toBe(false);
    expect(await waits("quarantine.add", right)).toBe(true);
    expect(await waits("grace.end", { jobs: null })).toBe(true);
  });

  it.each<[unknown, string]>([
    ["{", "the request is wrong: not JSON: "],
    [7, "the request is wrong: this is 7; it must be an object"],
    [{}, "the request is wrong: command is missing; it must be a string"],
    [
      { command: "quarantine.list", args: {} },
      "the request is wrong: there is no field args; the fields are command and arguments",
    ],
    [
      { command: "quarantine.lst" },
      "there is no command quarantine.lst; there are quarantine.list, quarantine.add, quarantine.release, grace.list, grace.end",
    ],
    [
      { command: "quarantine.list", arguments: { released: 1 } },
      "released is 1; it must be true or false",
    ],
    [{ command: "quarantine.release", arguments: right }, "no"],
  ])("%j is answered with what is wrong", async (request, error) => {
    expect(await answer(request)).toEqual({ error: expect.stringContaining(error) });
    expect(carriedOut).toEqual([]);
  });

  const CHOICES =
    'it must be one of {"board": [x, y, z]}, {"position": [cabinet, frame, board]} and {"frame": [cabinet, frame]}';

  it.each<[object, string]>([
    [{ ...right, machine: 5 }, "machine is 5; it must be the name of a machine"],
    [{ boards: right.boards, reason: "" }, "machine is missing; it must be the name of a machine"],
    [{ ...right, reason: null }, "reason is null; it must be a string"],
    [{ ...right, reason: "a\nb" }, 'reason is "a\\nb"; it must be a string without line breaks'],
    [{ ...right, reason: "x".repeat(1025) }, "it must be a string of at most 1024 characters"],
    [{ ...right, boards: [] }, "boards is []; it must be a list of at least one board"],
    [
      { ...right, boards: [{ board: [0, 0] }] },
      "boards[0].board is [0,0]; it must be [x, y, z], three whole numbers from 0",
    ],
    [
      { ...right, boards: [{ board: [0, 0, -1] }] },
      "boards[0].board[2] is -1; it must be a whole number from 0",
    ],
    [
      { ...right, boards: [{ position: [0, 0, 0.5] }] },
      "boards[0].position[2] is 0.5; it must be a whole number from 0",
    ],
    [
      { ...right, boards: [{ frame: "x" }] },
      'boards[0].frame is "x"; it must be [cabinet, frame], two whole numbers from 0',
    ],
    [{ ...right, boards: [{ place: [0, 3, 7] }] }, `boards[0] is {"place":[0,3,7]}; ${CHOICES}`],
    [
      { ...right, boards: [{ board: [0, 0, 0], frame: [0, 0] }] },
      `boards[0] is {"board":[0,0,0],"frame":[0,0]}; ${CHOICES}`,
    ],
    [{ ...right, boards: [{ frame: [0, 0] }, null] }, `boards[1] is null; ${CHOICES}`],
    [{ ...right, board: 1 }, "there is no field board; the fields are machine, boards and reason"],
    [
      { machine: 5, boards: 6, reason: "" },
      "machine is 5; it must be the name of a machine\nboards is 6;",
    ],
  ])("to add %j is answered with what would be right", async (args, error) => {
    expect(await add(args)).toEqual({ error: expect.stringContaining(error) });
    expect(carriedOut).toEqual([]);
  });
});
