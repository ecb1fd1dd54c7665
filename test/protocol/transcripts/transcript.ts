/** Reading a recorded transcript: the steps to take and what was seen. */
import { readFileSync } from "node:fs";
import type { Json, JsonObject } from "../../../src/protocol/requests/json.js";

export type Step =
  | { readonly kind: "send"; readonly client: string; readonly bytes: Buffer }
  | { readonly kind: "receive"; readonly client: string; readonly line: string }
  | { readonly kind: "closed"; readonly client: string }
  | { readonly kind: "close"; readonly client: string }
  | { readonly kind: "halfClose"; readonly client: string }
  | { readonly kind: "waitForState"; readonly jobId: number; readonly state: number };

interface Recorded {
  readonly c?: string;
  readonly dir?: ">" | "<" | "x" | "-";
  readonly raw?: string;
  readonly hex?: string;
  readonly nonl?: boolean;
  readonly raw_len?: number;
  readonly raw_head?: string;
  readonly note?: string;
}

/** The steps of a file, in order. */
export function readTranscript(file: string): Step[] {
  const records = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Recorded => JSON.parse(line));
  const steps: Step[] = [];
  let halfCloses = false;
  for (const record of records) {
    steps.push(...stepsOf(record));
    if (record.note?.includes("half-close")) halfCloses = true;
    else if (record.dir === ">" && halfCloses) {
      steps.push({ kind: "halfClose", client: record.c! });
      halfCloses = false;
    }
  }
  return steps;
}

function stepsOf(record: Recorded): Step[] {
  const { c: client = "", dir, note } = record;
  if (note === "client closes") return [{ kind: "close", client }];
  const waited = /waited until job (\d+) is in state (\d)/.exec(note ?? "");
  if (waited) {
    return [{ kind: "waitForState", jobId: Number(waited[1]), state: Number(waited[2]) }];
  }
  if (dir === ">") return [{ kind: "send", client, bytes: sentBytes(record) }];
  if (dir === "<") {
    return [{ kind: "receive", client, line: record.raw ?? '{"exception":"too long to keep"}' }];
  }
  if (dir === "x") return [{ kind: "closed", client }];
  if (note !== undefined && dir === undefined) return [];
  throw new Error(`transcript has an unknown kind of line: ${JSON.stringify(record)}`);
}

function sentBytes({ raw, hex, nonl, raw_len, raw_head }: Recorded): Buffer {
  const end = Buffer.from(nonl ? "" : "\n");
  if (hex !== undefined) return Buffer.concat([Buffer.from(hex, "hex"), end]);
  return Buffer.concat([Buffer.from(raw ?? tooLongToKeep(raw_head!, raw_len!)), end]);
}

/** Of long lines only the head was kept: it goes on as it ends, and closes what it opened. */
function tooLongToKeep(head: string, length: number): string {
  const tail = head.startsWith("{") ? '":1}}' : "";
  return head + head.at(-1)!.repeat(length - head.length - tail.length) + tail;
}

/** The requests of a sent step that are JSON objects with a command. */
export function requestsIn(bytes: Buffer): JsonObject[] {
  return bytes
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      const value = jsonOrNull(line);
      const isRequest = typeof value === "object" && value !== null && "command" in value;
      return isRequest ? [value as JsonObject] : [];
    });
}

export function jsonOrNull(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
