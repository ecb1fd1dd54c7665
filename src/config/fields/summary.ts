/** The fields of an object as `spalloc-server check` prints them. */
import type { Table } from "./field.js";

/** Name and value of every field, those of nested objects as `clientLimits.connections`. */
export function summaryOf(
  table: Table,
  values: Readonly<Record<string, unknown>>,
  path = "",
): (readonly [name: string, value: string])[] {
  return Object.entries(table).flatMap(([name, { type, deprecated }]) => {
    const value = values[name];
    if (type.fields !== undefined) {
      return summaryOf(type.fields, value as Readonly<Record<string, unknown>>, `${path}${name}.`);
    }
    if (value === null) return [];
    const note = deprecated === undefined ? "" : ` (deprecated: ${deprecated})`;
    return [[path + name, type.show(value) + note] as const];
  });
}
