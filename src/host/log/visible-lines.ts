/** Lines of the log, with text of others in them, as they may be shown. */
import { visible, visibleLines } from "../../domain/visible-text.js";

/** Of a line of JSON: the same JSON. It has no newline but the one at its end. */
export const visibleJson = visibleLines;

type Value = unknown;

/** What a line of JSON says, for a formatter that writes texts as they are. */
export function visibleFields(line: string): object {
  const fields = JSON.parse(line) as { readonly msg?: Value };
  const { msg } = fields;
  const shown = visibleValues(fields) as object;
  // What follows a newline in it must not look like a line of the log.
  return typeof msg === "string" ? { ...shown, msg: indented(visibleLines(msg)) } : shown;
}

function indented(lines: string): string {
  return lines.replaceAll("\n", "\n    ");
}

function visibleValues(value: Value): Value {
  if (typeof value === "string") return visibleLines(value);
  if (Array.isArray(value)) return value.map(visibleValues);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [visible(name), visibleValues(each)]),
  );
}
