/** How messages write the values of a configuration. */
import { inspect } from "node:util";
import { visible } from "../../domain/visible-text.js";

/** A value of a configuration: on one line, long ones cut short. */
export function show(value: unknown): string {
  if (typeof value === "string") return visible(JSON.stringify(value));
  return inspect(value, {
    depth: 2,
    breakLength: Number.POSITIVE_INFINITY,
    compact: true,
    maxArrayLength: 6,
    maxStringLength: 60,
  });
}
