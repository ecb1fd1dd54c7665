/** How messages write the values of a configuration. */
import { inspect } from "node:util";

/** A value of a configuration: on one line, long ones cut short. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value).replaceAll(UNSEEN, escaped);
  return inspect(value, {
    depth: 2,
    breakLength: Number.POSITIVE_INFINITY,
    compact: true,
    maxArrayLength: 6,
    maxStringLength: 60,
  });
}

/** Characters that show nothing, break a line or turn the direction of the text. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function escaped(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
