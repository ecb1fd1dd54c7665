/** What a reload changes beside the engine: where the server listens, and what clients may take of it. */
import type { ConfigurationDescription } from "../../config/description.js";
import type { Setting } from "../../engine/contract/reload-plan.js";

/** The fields that are neither machines nor the engine's. */
type ServerField = Exclude<keyof ConfigurationDescription, Setting | "machines">;

export interface ServerChange {
  /** As a configuration file writes it; `clientLimits.connections` for a field within one. */
  readonly field: string;
  readonly from: Value;
  readonly to: Value;
  readonly takesEffect: Effect;
}

/** Null where the file says nothing. */
type Value = string | number | null;

/** `withNewConnections`: at once, and every client is disconnected and has to connect again. */
type Effect = "atOnce" | "withNewConnections" | "atNextStart";

const EFFECTS: { readonly [Field in ServerField]: Effect } = {
  ip: "withNewConnections",
  port: "atNextStart",
  secondsToStop: "atOnce",
  clientLimits: "atOnce",
};

/** @param before - What is in force, which may not be what the file said before. */
export function serverChanges(
  before: ConfigurationDescription,
  after: ConfigurationDescription,
): ServerChange[] {
  return Object.entries(EFFECTS).flatMap(([name, takesEffect]) => {
    const field = name as ServerField;
    const were = new Map(valuesOf(field, before[field]));
    return valuesOf(field, after[field]).flatMap(([each, to]) => {
      const from = were.get(each) ?? null;
      return from === to ? [] : [{ field: each, from, to, takesEffect }];
    });
  });
}

function valuesOf(field: string, value: Value | object): (readonly [string, Value])[] {
  if (typeof value !== "object" || value === null) return [[field, value]];
  return Object.entries(value).map(([name, one]: [string, Value]) => [`${field}.${name}`, one]);
}

/** @param portOption - Of the command line, which takes precedence; null if it was not given. */
export function serverChangeLines(
  changes: readonly ServerChange[],
  portOption: number | null,
): string[] {
  return changes.map(({ field, from, to, takesEffect }) => {
    const line = `${field} is now ${shown(to)} (before: ${shown(from)})`;
    if (field === "port" && portOption !== null) {
      return `${line}; this changes nothing, since --port ${portOption} was given`;
    }
    return line + NOTES[takesEffect];
  });
}

const NOTES: { readonly [E in Effect]: string } = {
  atOnce: "",
  withNewConnections: "; clients are disconnected and have to connect again",
  atNextStart: "; this takes effect when the server is started again, and not before",
};

function shown(value: Value): string {
  if (value === null) return "not set";
  return value === "" ? '"", all interfaces' : String(value);
}
