/** Types whose values are used as they are written. */
import type { Type } from "./field.js";
import { show } from "./formatting.js";

export interface PlainType<T> extends Type<T> {
  readonly is: (value: unknown) => value is T;
}

/** @param showValue - How `spalloc-server check` prints a value; by default as it is written. */
export function plainType<T>(
  expected: string,
  is: (value: unknown) => value is T,
  showValue: (value: T) => string = show,
): PlainType<T> {
  return {
    expected,
    is,
    read: (problems, name, given) => {
      if (is(given)) return given;
      problems.addWrong(name, given, expected);
      return undefined;
    },
    show: showValue,
  };
}
