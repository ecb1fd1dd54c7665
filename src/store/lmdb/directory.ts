/** The state directory before LMDB opens it. */
import {
  accessSync,
  constants,
  existsSync,
  linkSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { StateError } from "../errors.js";
import { makeDirectory } from "../make-directory.js";

/**
 * Makes the directory if need be. Throws {@link StateError} when it cannot be used. `empty`: nothing
 * may be in it.
 */
export function makeUsable(directory: string, { empty = false } = {}): void {
  try {
    makeDirectory(directory);
    if (empty && readdirSync(directory).length > 0) throw new Error("it is not empty");
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    requireFiles(directory);
    makeLockFile(directory);
  } catch (error) {
    throw new StateError(
      "STATE_DIRECTORY",
      `The state directory ${directory} cannot be used: ${error instanceof Error ? error.message : String(error)}. It must be a directory that the server may read and write, on a local disk with room.`,
      { cause: error },
    );
  }
}

/** Throws when something else stands in the place of a file of LMDB. */
export function requireFiles(directory: string): void {
  for (const name of ["data.mdb", "lock.mdb"]) {
    const path = join(directory, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found !== undefined && !found.isFile()) throw new Error(`${path} is not a file`);
  }
}

/** More than LMDB maps of it. */
const LOCK_FILE_BYTES = 16 * 1024;

/**
 * LMDB maps its lock file as a hole: on a full disk the first access would end the process with
 * SIGBUS. So it is made here, with room of its own; linking it is one step, and never replaces one
 * that is in use.
 */
function makeLockFile(directory: string): void {
  if (existsSync(join(directory, "lock.mdb"))) return;
  const made = join(directory, `lock.${process.pid}.tmp`);
  try {
    writeFileSync(made, Buffer.alloc(LOCK_FILE_BYTES), { flush: true });
    linkSync(made, join(directory, "lock.mdb"));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    rmSync(made, { force: true });
  }
}
