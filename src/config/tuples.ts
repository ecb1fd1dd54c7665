/** The tuples and tuple maps of a configuration file: what each must look like, and reading them. */
import type { BoardCoordinate, BoardPosition } from "../domain/board.js";
import type { DeadLink, FramePosition } from "../domain/machine.js";
import { isHost } from "./fields.js";
import { type Problems, show } from "./problems.js";

/** Triads along one side of a machine; far above any machine, low enough to reject a slip of a key. */
export const MAX_TRIADS_PER_SIDE = 1024;

/** A BMP packet has five bits for the board in the frame. */
const MAX_BOARD_IN_FRAME = 31;

/** What one kind of value must be. */
export interface Kind<T> {
  readonly is: (value: unknown) => value is T;
  /** What messages say it must be. */
  readonly expected: string;
}

/** Whether the value is an array of whole numbers from 0 to the maximum of each place. */
function isTuple(value: unknown, maxima: readonly number[]): boolean {
  return (
    Array.isArray(value) &&
    value.length === maxima.length &&
    maxima.every((max, i) => Number.isInteger(value[i]) && value[i] >= 0 && value[i] <= max)
  );
}

const ANY = Number.MAX_SAFE_INTEGER;
const SIDE = MAX_TRIADS_PER_SIDE - 1;

export const boardKind: Kind<BoardCoordinate> = {
  is: (value): value is BoardCoordinate => isTuple(value, [SIDE, SIDE, 2]),
  expected: `a board [x, y, z] of whole numbers, x and y from 0 to ${SIDE}, z from 0 to 2`,
};

export const positionKind: Kind<BoardPosition> = {
  is: (value): value is BoardPosition => isTuple(value, [ANY, ANY, MAX_BOARD_IN_FRAME]),
  expected: `a place [cabinet, frame, board] of whole numbers from 0, board at most ${MAX_BOARD_IN_FRAME}`,
};

export const frameKind: Kind<FramePosition> = {
  is: (value): value is FramePosition => isTuple(value, [ANY, ANY]),
  expected: "a frame [cabinet, frame] of whole numbers from 0",
};

export const deadLinkKind: Kind<DeadLink> = {
  is: (value): value is DeadLink => isTuple(value, [SIDE, SIDE, 2, 5]),
  expected: `a link [x, y, z, link] of whole numbers, x and y from 0 to ${SIDE}, z from 0 to 2, link from 0 (Links.east) to 5 (Links.south)`,
};

export const hostKind: Kind<string> = {
  is: isHost,
  expected: 'a host name or an IP address such as "192.168.0.1"',
};

export const tagKind: Kind<string> = {
  is: (value): value is string => typeof value === "string" && value !== "",
  expected: "a string that is not empty",
};

function isCollection(value: unknown): value is Iterable<unknown> {
  return Array.isArray(value) || value instanceof Set || value instanceof Map;
}

/** The members of an array or Set, sorted, without repeats; none if the field is not set. */
export function readList<T extends string | readonly number[]>(
  problems: Problems,
  field: string,
  value: unknown,
  kind: Kind<T>,
): T[] {
  if (value === undefined) return [];
  if (!isCollection(value) || value instanceof Map) {
    problems.add(
      `${field} is ${show(value)}; it must be an array or a Set, each member ${kind.expected}`,
    );
    return [];
  }
  const members = new Map<string, T>();
  for (const member of value) {
    if (kind.is(member)) members.set(String(member), member);
    else problems.add(`${field} has ${show(member)}, which is not ${kind.expected}`);
  }
  return [...members.values()].sort(compareKeys);
}

/** The entries of an array of `[key, value]` pairs or of a Map, sorted by key. */
export function readEntries<Key extends readonly number[], Value>(
  problems: Problems,
  field: string,
  value: unknown,
  keyKind: Kind<Key>,
  valueKind: Kind<Value>,
): (readonly [Key, Value])[] {
  if (value === undefined) return [];
  if (!isCollection(value) || value instanceof Set) {
    problems.add(
      `${field} is ${show(value)}; it must be an array of [key, value] entries or a Map, each key ${keyKind.expected}, each value ${valueKind.expected}`,
    );
    return [];
  }
  const entries = new Map<string, readonly [Key, Value]>();
  for (const entry of value) {
    if (!Array.isArray(entry) || entry.length !== 2) {
      problems.add(`${field} has ${show(entry)}, which is no [key, value] entry`);
      continue;
    }
    const [key, target]: unknown[] = entry;
    if (!keyKind.is(key)) {
      problems.add(`${field} has the key ${show(key)}, which is not ${keyKind.expected}`);
    } else if (!valueKind.is(target)) {
      problems.add(
        `${field} gives ${show(key)} ${show(target)}, which is not ${valueKind.expected}`,
      );
    } else if (entries.has(String(key))) {
      problems.add(`${field} has ${show(key)} twice; list it once`);
    } else {
      entries.set(String(key), [key, target]);
    }
  }
  return [...entries.values()].sort(([a], [b]) => compareKeys(a, b));
}

/** Order of tuples by their first number, then the second …; of strings by their letters. */
function compareKeys(a: string | readonly number[], b: string | readonly number[]): number {
  if (typeof a === "string" || typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
