/** The arguments of the operator's commands, checked by hand: the server loads no library for it. */
import { OperatorError } from "./wire.js";

type Pair = readonly [number, number];
type Triple = readonly [number, number, number];

/** One board by its coordinate or its place (cabinet, frame, board), or all of a frame. */
export type BoardChoice =
  | { readonly board: Triple }
  | { readonly place: Triple }
  | { readonly frame: Pair };

export interface ListArguments {
  /** Also boards that were released. */
  readonly released: boolean;
}

export interface ChangeArguments {
  readonly machine: string;
  /** At least one. */
  readonly boards: readonly BoardChoice[];
  readonly reason: string;
}

/** @throws AdminError that says what is wrong, and what would be right. */
export function listArguments(args: object): ListArguments {
  const { released = false } = fields(args, ["released"]);
  if (typeof released !== "boolean") throw wrong("released", released, "true or false");
  return { released };
}

/** @throws AdminError that says what is wrong, and what would be right. */
export function changeArguments(args: object): ChangeArguments {
  const { machine, boards, reason } = fields(args, ["machine", "boards", "reason"]);
  if (typeof machine !== "string") throw wrong("machine", machine, "the name of a machine");
  if (typeof reason !== "string") throw wrong("reason", reason, "a text");
  if (!Array.isArray(boards) || boards.length === 0) {
    throw wrong("boards", boards, "a list of at least one board");
  }
  return { machine, boards: boards.map(boardChoice), reason };
}

const CHOICES =
  '{"board": [x, y, z]}, {"place": [cabinet, frame, board]} or {"frame": [cabinet, frame]}';

function boardChoice(choice: unknown, index: number): BoardChoice {
  if (typeof choice === "object" && choice !== null && Object.keys(choice).length === 1) {
    if ("board" in choice && isTriple(choice.board)) return { board: choice.board };
    if ("place" in choice && isTriple(choice.place)) return { place: choice.place };
    if ("frame" in choice && isPair(choice.frame)) return { frame: choice.frame };
  }
  throw wrong(`boards[${index}]`, choice, CHOICES);
}

function isTriple(value: unknown): value is Triple {
  return areCounts(value) && value.length === 3;
}

function isPair(value: unknown): value is Pair {
  return areCounts(value) && value.length === 2;
}

function areCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0);
}

function fields<Name extends string>(
  args: object,
  names: readonly Name[],
): Partial<Record<Name, unknown>> {
  const unknown = Object.keys(args).filter((name) => !names.some((known) => known === name));
  if (unknown.length > 0) {
    throw new OperatorError(`no argument ${unknown.join(", ")}; there are ${names.join(", ")}`);
  }
  return args;
}

function wrong(name: string, value: unknown, right: string): OperatorError {
  const given = value === undefined ? "missing" : JSON.stringify(value);
  return new OperatorError(`${name} is ${given}; it must be ${right}`);
}
