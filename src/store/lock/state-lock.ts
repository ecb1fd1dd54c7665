/**
 * The lock of a state directory: a folder in it with the socket of the process that has it, which
 * listens for as long as it has LMDB open. LMDB's own locks do not keep processes from spoiling each
 * other's commits while they open it (docs/decisions/lmdb.md).
 *
 * Taking it is one step: a folder of our own, with our socket in it, is renamed to `lock`, which the
 * system refuses while that has anything in it. The socket of a process that has ended is removed
 * by its name, which no other ever has: so it can never be another's that is removed.
 */
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, chownSync, mkdirSync, renameSync, rmdirSync, rmSync, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { StateError, type StateHolder } from "../errors.js";
import { codeOf, holderAt, isGone, LOCK_FOLDER, socketsIn } from "./ask-holder.js";
import { DirectoryHandle } from "./directory-handle.js";
import { HolderServer, type RowSlices } from "./holder-server.js";

/** Somebody else has it; null when that one does not say who it is. */
export interface HeldByAnother {
  readonly heldBy: StateHolder | null;
}

/** Who takes it. */
interface LockHolder extends StateHolder {
  readonly bootId?: string | null;
}

/** The names of folders that are to become the lock. */
const NEW_LOCK = /^lock\.[0-9a-f]{16}$/;

/** A folder of that age does not become the lock any more. */
const LEFTOVER_MS = 60_000;

/** Others may come first as often, each to end at once. */
const MOST_ATTEMPTS = 100;

export class StateLock {
  private constructor(
    private readonly handle: DirectoryHandle,
    private readonly server: HolderServer,
    private readonly socket: string,
  ) {}

  /**
   * Rejects with {@link StateError} when there can be no lock in that directory, and with what
   * `mayReplace` rejects with. That is asked before a socket is removed that looks dead, and may be that of
   * another computer.
   */
  static async take(
    directory: string,
    self: LockHolder,
    mayReplace: () => Promise<void> = async () => {},
  ): Promise<StateLock | HeldByAnother> {
    let handle: DirectoryHandle | null = null;
    const server = new HolderServer(self);
    let taken = false;
    try {
      handle = new DirectoryHandle(directory);
      const folder = `lock.${randomBytes(8).toString("hex")}`;
      const mark = bootMark(self);
      const socket = `${process.pid}-${randomBytes(8).toString("hex")}${mark}.sock`;
      await listen(handle, folder, socket, server);
      try {
        const other = await rename(handle, folder, { mark, mayReplace });
        if (other !== null) return other;
        taken = true;
      } finally {
        if (!taken) removeFolder(handle, folder, [socket]);
      }
      await removeLeftovers(handle);
      return new StateLock(handle, server, socket);
    } catch (error) {
      throw cannotLock(directory, error);
    } finally {
      if (!taken) {
        server.close();
        handle?.close();
      }
    }
  }

  /** Whether the lock is still there, with the socket of this process in it. */
  async isThere(): Promise<boolean> {
    try {
      await stat(this.handle.path(LOCK_FOLDER, this.socket));
      return true;
    } catch (error) {
      if (codeOf(error) === "ENOENT") return false;
      throw error;
    }
  }

  /** From now on others are shown the state. `read` begins a reading of all rows of that moment. */
  showRows(read: () => RowSlices): void {
    this.server.showRows(read);
  }

  /** To call when nothing of LMDB is open any more. */
  release(): void {
    removeFolder(this.handle, LOCK_FOLDER, [this.socket]);
    this.server.close();
    this.handle.close();
  }
}

/** Ends the name of a socket, so that one of another boot, or another computer, is known by its name. */
function bootMark({ bootId }: LockHolder): string {
  if (bootId === undefined || bootId === null) return "";
  return createHash("sha256").update(bootId).digest("hex").slice(0, 8);
}

/** Makes the folder and listens in it; only the owner of the state directory gets at either. */
async function listen(
  handle: DirectoryHandle,
  folder: string,
  socket: string,
  server: HolderServer,
): Promise<void> {
  mkdirSync(handle.path(folder));
  chmodSync(handle.path(folder), 0o700);
  try {
    const path = handle.path(folder, socket);
    await server.listen(path);
    chmodSync(path, 0o600);
    if (process.geteuid?.() === 0) {
      // What root leaves behind must not keep the server's own user from starting.
      const { uid, gid } = handle.owner;
      for (const each of [path, handle.path(folder)]) chownSync(each, uid, gid);
    }
  } catch (error) {
    removeFolder(handle, folder, [socket]);
    throw error;
  }
}

/** Makes the folder the lock; otherwise who has it. */
async function rename(
  handle: DirectoryHandle,
  folder: string,
  { mark, mayReplace }: { readonly mark: string; readonly mayReplace: () => Promise<void> },
): Promise<HeldByAnother | null> {
  for (let attempt = 1; ; attempt++) {
    try {
      renameSync(handle.path(folder), handle.path(LOCK_FOLDER));
      return null;
    } catch (error) {
      const code = codeOf(error);
      if ((code !== "ENOTEMPTY" && code !== "EEXIST") || attempt === MOST_ATTEMPTS) throw error;
    }
    for (const socket of socketsIn(handle)) {
      const path = handle.path(LOCK_FOLDER, socket);
      const found = await holderAt(path);
      if (found !== "gone") return { heldBy: found.holder };
      if (mark === "" || !socket.endsWith(`${mark}.sock`)) await mayReplace();
      rmSync(path, { force: true });
    }
    // Not every file system renames a folder onto an empty one.
    removeFolder(handle, LOCK_FOLDER, []);
  }
}

/**
 * Removes what processes left that were killed while they took the lock. Not what is new: nobody
 * listens yet at a socket that is being made.
 */
async function removeLeftovers(handle: DirectoryHandle): Promise<void> {
  for (const folder of socketsIn(handle, ".").filter((name) => NEW_LOCK.test(name))) {
    try {
      const made = statSync(handle.path(folder), { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
      if (Date.now() - made < LEFTOVER_MS) continue;
      for (const socket of socketsIn(handle, folder)) {
        if (await isGone(handle.path(folder, socket))) removeFolder(handle, folder, [socket]);
      }
    } catch (error) {
      // They do no harm, such as one that only another user may look into.
      if (codeOf(error) === undefined) throw error;
    }
  }
}

/** The folder stays when something else is in it. */
function removeFolder(handle: DirectoryHandle, folder: string, sockets: readonly string[]): void {
  for (const socket of sockets) rmSync(handle.path(folder, socket), { force: true });
  try {
    rmdirSync(handle.path(folder));
  } catch (error) {
    const code = codeOf(error);
    if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "ENOENT") throw error;
  }
}

function cannotLock(directory: string, error: unknown): unknown {
  if (error instanceof StateError || codeOf(error) === undefined) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new StateError(
    "STATE_DIRECTORY",
    `The state directory ${directory} cannot be locked: ${reason}. The server must be allowed to make folders and Unix sockets in it, and to look into the folder ${LOCK_FOLDER} if one is there; it must be on a local disk.`,
    { cause: error },
  );
}
