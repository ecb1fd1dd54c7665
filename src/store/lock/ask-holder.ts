/**
 * Asks whoever has the lock of a state directory. The kernel answers for a process that is stopped
 * or stuck, and ends the socket with the process: whoever can be connected to lives, in whichever
 * container of this host, and may still be writing.
 */
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { StateHolder } from "../errors.js";
import type { DirectoryHandle } from "./directory-handle.js";
import {
  holderOf,
  linesOf,
  notUnderstood,
  parsed,
  ROWS_REQUEST,
  rowOf,
  type StoredRow,
} from "./wire.js";

/** The folder of the state directory that is the lock; its holder's socket is in it. */
export const LOCK_FOLDER = "lock";

/** How long a holder may take to say who it is. */
const GREETING_MS = 1_000;
/** How long a holder may leave a reader without a line: its start or a pause of its thread. */
const ANSWER_MS = 3_000;

const RETRY_MS = 10;

/** Names of the sockets in the lock. Throws what the system says. */
export function socketsIn(handle: DirectoryHandle, folder = LOCK_FOLDER): string[] {
  try {
    return readdirSync(handle.path(folder));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}

/** "full": it lives, and more connections wait for it than it may have waiting. */
async function connect(path: string): Promise<Socket | "gone" | "full"> {
  const socket = createConnection(path);
  try {
    await once(socket, "connect");
  } catch (error) {
    const code = codeOf(error);
    if (code === "ECONNREFUSED" || code === "ENOENT") return "gone";
    if (code === "EAGAIN") return "full";
    throw error;
  }
  // Errors end what is read of it; whoever reads is told so.
  socket.on("error", () => {});
  return socket;
}

/** Whether no process listens there any more. */
export async function isGone(path: string): Promise<boolean> {
  const socket = await connect(path);
  if (typeof socket === "string") return socket === "gone";
  socket.destroy();
  return false;
}

/** Whether a process listens there, and who it is; null when it does not say so. */
export async function holderAt(
  path: string,
): Promise<"gone" | { readonly holder: StateHolder | null }> {
  const until = performance.now() + GREETING_MS;
  do {
    const socket = await connect(path);
    if (socket === "gone") return "gone";
    if (socket === "full") return { holder: null };
    socket.setTimeout(until - performance.now() + 1, () => socket.destroy());
    const first = await firstLine(socket);
    if (first !== null) return { holder: holderOf(parsed(first)) };
    // It ended the connection: most often the process is ending, which the next look will show.
    await sleep(RETRY_MS);
  } while (performance.now() < until);
  return { holder: null };
}

async function firstLine(socket: Socket): Promise<string | null> {
  try {
    for await (const text of linesOf(socket)) return text;
  } catch {
    // As if it had said nothing.
  } finally {
    socket.destroy();
  }
  return null;
}

/** Of one moment. */
export interface HeldRows {
  readonly rows: readonly StoredRow[];
  readonly fileBytes: number;
}

/**
 * All rows, as the holder reads them now. "gone": nobody listens there any more. "noAnswer": somebody
 * does, and says nothing. "broken": the answer ended too early; ask again. Throws a `StateError` for
 * what it refuses.
 */
export async function rowsOfHolder(
  path: string,
): Promise<HeldRows | "gone" | "noAnswer" | "broken"> {
  const socket = await connect(path);
  if (socket === "gone") return "gone";
  if (socket === "full") return "noAnswer";
  let answered = true;
  socket.setTimeout(ANSWER_MS, () => {
    answered = false;
    socket.destroy();
  });
  socket.write(`${ROWS_REQUEST}\n`);
  const rows: StoredRow[] = [];
  try {
    for await (const text of brokenOff(linesOf(socket))) {
      const said = parsed(text);
      if ("rows" in said && Array.isArray(said.rows)) {
        for (const element of said.rows) rows.push(rowOf(element));
      } else if ("end" in said) return { rows, fileBytes: fileBytesOf(said.end) };
      else if ("error" in said) throw notUnderstood(String(said.error));
    }
  } finally {
    socket.destroy();
  }
  return answered ? "broken" : "noAnswer";
}

/** Ends where the connection breaks. */
async function* brokenOff(lines: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* lines;
  } catch {
    // The caller sees that the last line is missing.
  }
}

function fileBytesOf(end: unknown): number {
  const bytes = typeof end === "object" && end !== null && "fileBytes" in end ? end.fileBytes : 0;
  return Number(bytes);
}
