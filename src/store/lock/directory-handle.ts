/**
 * An open state directory. What is in it is reached by paths that suit a socket, whose address takes
 * few bytes: they stay short however deep the directory lies, and lead to the same directory
 * whatever becomes of its name or of the working directory.
 */
import { closeSync, constants, existsSync, fstatSync, openSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { StateError } from "../errors.js";

/** Bytes of a path that the system takes for a socket; one less than its field, for the NUL. */
const MOST_PATH_BYTES = process.platform === "darwin" ? 103 : 107;

export class DirectoryHandle {
  private readonly fd: number;
  private readonly base: string;

  /** Throws what the system says when the directory cannot be opened. */
  constructor(readonly directory: string) {
    this.fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    const byHandle = `/proc/self/fd/${this.fd}`;
    this.base = existsSync(byHandle) ? byHandle : shortest(directory);
  }

  /** Throws {@link StateError} when it would be too long. */
  path(...names: readonly string[]): string {
    const path = join(this.base, ...names);
    if (Buffer.byteLength(path) > MOST_PATH_BYTES) {
      throw new StateError(
        "STATE_DIRECTORY",
        `The path ${path} is too long for a socket, which may have ${MOST_PATH_BYTES} bytes. Move the state with --state-dir.`,
      );
    }
    return path;
  }

  /** Who owns the directory. */
  get owner(): { readonly uid: number; readonly gid: number } {
    return fstatSync(this.fd);
  }

  close(): void {
    closeSync(this.fd);
  }
}

function shortest(directory: string): string {
  if (!isAbsolute(directory)) return directory;
  try {
    const near = relative(process.cwd(), directory);
    return near.length < directory.length ? near : directory;
  } catch {
    // The working directory was removed.
    return directory;
  }
}
