/**
 * What a holder says on the socket of its lock. One JSON object a line, both ways; a connection has
 * at most one request:
 *
 *   holder   {"pid": 12, "host": "spinn", "sinceMs": 1700000000000}       to whoever connects
 *   other    {"command": "rows"}
 *   holder   {"rows": [["jobs", "key", "value"], …]}                      and more of these
 *            {"end": {"fileBytes": 36864}}   or   {"error": "what was wrong"}
 *
 * Keys and values are base64. A connection that ends before its last line tells nothing: the holder
 * has closed the state, or has enough to do.
 */
import type { Socket } from "node:net";
import { StateError, type StateHolder } from "../errors.js";

/** A row of a table, or of `meta`. */
export interface StoredRow {
  readonly table: string;
  readonly key: Buffer;
  readonly value: Buffer;
}

export const ROWS_REQUEST = '{"command":"rows"}';

export function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

/** Put together by hand: base64 needs no escapes, and the row of a large machine has megabytes. */
export function rowsLine(rows: readonly StoredRow[]): string {
  const list = rows.map(
    ({ table, key, value }) =>
      `["${table}","${key.toString("base64")}","${value.toString("base64")}"]`,
  );
  return `{"rows":[${list.join()}]}\n`;
}

/** A line of the holder as an object. Throws {@link StateError}. */
export function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Told below.
  }
  throw notUnderstood(`it says ${text.slice(0, 80)}`);
}

export function notUnderstood(problem: string): StateError {
  return new StateError(
    "STATE_IN_USE",
    `The server that has the state open is not understood; is it of another version than this program? ${problem}`,
  );
}

/** Null when it is not the greeting of a holder. */
export function holderOf(value: object): StateHolder | null {
  if (!("pid" in value && "host" in value && "sinceMs" in value)) return null;
  const { pid, host, sinceMs } = value;
  const fits = typeof pid === "number" && typeof host === "string" && Number.isFinite(sinceMs);
  return fits ? { pid, host, sinceMs: Number(sinceMs) } : null;
}

/** The row that an element of a line is. Throws {@link StateError}. */
export function rowOf(element: unknown): StoredRow {
  const [table, key, value]: unknown[] = Array.isArray(element) ? element : [];
  if (typeof table !== "string" || typeof key !== "string" || typeof value !== "string") {
    throw notUnderstood("A row is not a table, a key and a value.");
  }
  return { table, key: Buffer.from(key, "base64"), value: Buffer.from(value, "base64") };
}

/** Whole lines as they arrive. Throws when the connection breaks; a part of a line is dropped. */
export async function* linesOf(socket: Socket): AsyncGenerator<string> {
  let parts: string[] = [];
  socket.setEncoding("utf8");
  for await (const chunk of socket as AsyncIterable<string>) {
    const [first, ...others] = chunk.split("\n");
    parts.push(first!);
    for (const other of others) {
      yield parts.join("");
      parts = [other];
    }
  }
}
