/** Types whose values are used as they are written. */
import type { Type } from "./field.js";
import { show } from "./formatting.js";

export interface PlainType<T> extends Type<T> {
  readonly is: (value: unknown) => value is T;
  /** What messages add to a value that is not allowed, such as " (a multicast address)". */
  readonly aside: (value: unknown) => string;
}

/**
 * @param showValue - How `spalloc-server check` prints a value; by default as it is written.
 * @param oddityOf - What is wrong with a value, where that may not be plain to see.
 */
export function plainType<T>(
  expected: string,
  is: (value: unknown) => value is T,
  showValue: (value: T) => string = show,
  oddityOf: (value: unknown) => string | null = () => null,
): PlainType<T> {
  const aside = (value: unknown): string => {
    const oddity = oddityOf(value);
    return oddity === null ? "" : ` (${oddity})`;
  };
  return {
    expected,
    is,
    aside,
    read: (problems, name, given) => {
      if (is(given)) return given;
      problems.addWrong(name, given, expected, aside(given));
      return undefined;
    },
    show: showValue,
  };
}
