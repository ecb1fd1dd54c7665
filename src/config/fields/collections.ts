/** Lists, and maps whose keys are tuples. */
import type { Type } from "./field.js";
import { show } from "./formatting.js";
import type { PlainType } from "./plain-type.js";

/**
 * How configuration files write a map whose keys are tuples: an array of `[key, value]` entries, or a
 * Map made of one.
 */
export type Entries<Key, Value> = readonly (readonly [Key, Value])[] | ReadonlyMap<Key, Value>;

export interface ListType<T> extends Type<readonly T[] | ReadonlySet<T>, readonly T[]> {
  readonly member: PlainType<T>;
}

/** An array or a Set. What is made of it is sorted, without repeats. */
export function list<T extends string | readonly number[]>(
  member: PlainType<T>,
  showList: (members: readonly T[]) => string,
): ListType<T> {
  const expected = `an array or a Set, each member ${member.expected}`;
  return {
    member,
    expected,
    show: showList,
    read: (problems, name, given) => {
      if (!Array.isArray(given) && !(given instanceof Set)) {
        problems.addWrong(name, given, expected);
        return undefined;
      }
      const members = new Map<string, T>();
      for (const one of given) {
        if (member.is(one)) members.set(String(one), one);
        else {
          const aside = member.aside(one);
          problems.add(`${name} has ${show(one)}${aside}, which is not ${member.expected}`);
        }
      }
      return [...members.values()].sort(compareKeys);
    },
  };
}

export interface EntriesType<Key, Value>
  extends Type<Entries<Key, Value>, readonly (readonly [Key, Value])[]> {
  readonly key: PlainType<Key>;
  readonly value: PlainType<Value>;
}

/** A map, see {@link Entries}. What is made of it is an array of entries, sorted by key. */
export function entries<Key extends readonly number[], Value>(
  key: PlainType<Key>,
  value: PlainType<Value>,
  showEntries: (entries: readonly (readonly [Key, Value])[]) => string,
): EntriesType<Key, Value> {
  const expected = `an array of [key, value] entries or a Map, each key ${key.expected}, each value ${value.expected}`;
  return {
    key,
    value,
    expected,
    show: showEntries,
    read: (problems, name, given) => {
      if (!Array.isArray(given) && !(given instanceof Map)) {
        problems.addWrong(name, given, expected);
        return undefined;
      }
      const found = new Map<string, readonly [Key, Value]>();
      for (const entry of given) {
        const problem = wrong(entry);
        if (problem !== null) problems.add(`${name} ${problem}`);
        else if (found.has(String(entry[0]))) {
          problems.add(`${name} has ${show(entry[0])} twice; list it once`);
        } else found.set(String(entry[0]), entry);
      }
      return [...found.values()].sort(([a], [b]) => compareKeys(a, b));
    },
  };

  function wrong(entry: unknown): string | null {
    if (!Array.isArray(entry) || entry.length !== 2) {
      return `has ${show(entry)}, which is not a [key, value] entry`;
    }
    const [own, target]: unknown[] = entry;
    if (!key.is(own)) return `has the key ${show(own)}, which is not ${key.expected}`;
    if (value.is(target)) return null;
    const aside = value.aside(target);
    return `gives ${show(own)} ${show(target)}${aside}, which is not ${value.expected}`;
  }
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
