/**
 * All rows of a state at one moment, without opening it: who opens it beside a server endangers what
 * that one commits. A server is asked; where there is none, or it cannot be asked, they are read
 * from the file, at a moment at which nobody commits.
 */
import { accessSync, constants } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { DamagedStateError, StateError } from "../errors.js";
import { readDataFile } from "../file/data-file.js";
import { requireFiles } from "../lmdb/directory.js";
import { codeOf, LOCK_FOLDER, rowsOfHolder, socketsIn } from "../lock/ask-holder.js";
import { DirectoryHandle } from "../lock/directory-handle.js";
import type { StoredRow } from "../lock/wire.js";

/** What was seen of the lock: who has it answered or did not, nobody has it, or it is not shown. */
export type LockSeen = "alive" | "noAnswer" | "free" | "notSeen";

export interface RowsOfMoment {
  readonly rows: readonly StoredRow[];
  readonly fileBytes: number;
  readonly lock: LockSeen;
}

/** How long it is tried. */
const PATIENCE_MS = 5_000;
/** Of these, how long the file is tried before the holder is asked again: it may be a new one. */
const FILE_PATIENCE_MS = 100;

const RETRY_MS = 20;

/** Rejects with {@link DamagedStateError}, or another {@link StateError} when nothing can be had. */
export async function readRows(directory: string, file: string): Promise<RowsOfMoment> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const asked = await askHolder(directory);
    if (typeof asked === "object") return { ...asked, lock: "alive" };
    // Of a busy server that has ended the connection the file would hardly ever stand still.
    if (asked !== "broken" || performance.now() > until) {
      const content = await readDataFile(file, { patienceMs: FILE_PATIENCE_MS });
      if (content !== "changing") {
        if (content.damage !== null) throw new DamagedStateError(file, content.damage);
        return { ...content, lock: asked === "broken" ? "noAnswer" : asked };
      }
    }
    if (performance.now() > until) throw neverStill(directory);
    await sleep(RETRY_MS);
  }
}

function neverStill(directory: string): StateError {
  return new StateError(
    "STATE_IN_USE",
    `The state in ${directory} could not be read: for ${PATIENCE_MS / 1000} s it was being written all the time, and the server that does so could not be asked. Run this as the user of that server, or as root; a server of an older version must be stopped first.`,
  );
}

async function askHolder(directory: string) {
  let handle: DirectoryHandle | null = null;
  try {
    handle = new DirectoryHandle(directory);
    for (const socket of socketsIn(handle)) {
      const answer = await rowsOfHolder(handle.path(LOCK_FOLDER, socket));
      if (answer !== "gone") return answer;
    }
    return "free" as const;
  } catch (error) {
    if (error instanceof StateError || codeOf(error) === undefined) throw error;
    // Another user's, most often.
    return "notSeen" as const;
  } finally {
    handle?.close();
  }
}

/** Throws a {@link StateError} when there is none, or it cannot be read. */
export function requireState(directory: string, file: string): void {
  try {
    requireFiles(directory);
    accessSync(file, constants.R_OK);
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const reason = error instanceof Error ? error.message : String(error);
    throw new StateError(
      "STATE_DIRECTORY",
      isMissing
        ? `There is no state in ${directory}: it has no data.mdb.`
        : `The state in ${directory} cannot be read: ${reason}.`,
      { cause: error },
    );
  }
}
