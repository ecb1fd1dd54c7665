/**
 * The process that has the state open, and whether it still lives. It is known by its id, the
 * moment it started, the name and the boot of its computer, its pid namespace (container), and the
 * directory in which it has the state:
 *
 * | holder                                                            | life      |
 * |-------------------------------------------------------------------|-----------|
 * | of another computer: neither the name nor the boot is this one's  | elsewhere |
 * | of another boot, on a file system that computers share            | elsewhere |
 * | of another boot                                                   | gone      |
 * | of this boot, in another directory: this state is a copy          | copied    |
 * | of this boot, in another pid namespace                            | unknown   |
 * | no such process here, or one that is ending or that started later | gone      |
 * | the same process                                                  | alive     |
 * | a process of that id whose start cannot be read (no /proc, hidden)| unknown   |
 *
 * Where that is unknown, the lock tells (lock/state-lock.ts), if the holder had it: whoever has the
 * lock now, or finds it free, knows that the holder is gone.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { DamagedStateError, type StateHolder } from "../errors.js";
import {
  areSameDirectory,
  type DirectoryIdentity,
  identityOf,
  isSharedFileSystem,
} from "../lock/directory-identity.js";
import { codec } from "../records/codec.js";
import { FieldError, type Fields } from "../records/fields.js";

/** The holder of a state, as it is stored there. */
export interface HolderRecord extends StateHolder {
  /** Clock ticks since boot; null where there is no /proc. */
  readonly processStart: string | null;
  readonly bootId: string | null;
  readonly pidNamespace: string | null;
  /** Whether it had the lock of the directory as well; false for software that knows no lock. */
  readonly locked: boolean;
  /** Null for older software. */
  readonly state: DirectoryIdentity | null;
}

export type HolderLife = "gone" | "alive" | "unknown" | "elsewhere" | "copied";

export const holderCodec = codec<HolderRecord>(
  "Owner",
  ({ sinceMs, state, ...holder }) => ({ ...holder, since: sinceMs, ...state }),
  (fields) => ({
    pid: fields.count("pid"),
    processStart: fields.has("processStart") ? fields.text("processStart") : null,
    bootId: fields.has("bootId") ? fields.text("bootId") : null,
    pidNamespace: fields.has("pidNamespace") ? fields.text("pidNamespace") : null,
    host: fields.text("host"),
    sinceMs: fields.number("since"),
    locked: fields.has("locked") && fields.flag("locked"),
    state: readIdentity(fields),
  }),
);

function readIdentity(fields: Fields): DirectoryIdentity | null {
  if (!fields.has("directory") || !fields.has("device") || !fields.has("inode")) return null;
  return {
    directory: fields.text("directory"),
    device: fields.text("device"),
    inode: fields.text("inode"),
    fileSystem: fields.has("fileSystem") ? fields.text("fileSystem") : null,
  };
}

/** Throws {@link DamagedStateError}: a state whose holder is unknown is not safe to use. */
export function readHolder(bytes: Buffer, file: string): HolderRecord {
  try {
    return holderCodec.decode(bytes);
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw new DamagedStateError(
      file,
      `who has it open cannot be read (${error.message}); if no server runs on it, --break-lock gets past this`,
    );
  }
}

/** Null for a row that cannot be read. */
export function holderOrNull(bytes: Buffer): HolderRecord | null {
  try {
    return holderCodec.decode(bytes);
  } catch (error) {
    if (error instanceof FieldError) return null;
    throw error;
  }
}

/** Null where the system has no such file or does not show it. */
function orNull(read: () => string): string | null {
  try {
    return read().trim();
  } catch {
    return null;
  }
}

/** The flag of a process on its way out, in /proc/<pid>/stat (PF_EXITING of Linux). */
const EXITING = 0x4;
/** Bit of SIGKILL in the signals that wait for a process. */
const SIGKILL_PENDING = 1n << 8n;

/**
 * Start time of a process, and whether it will not come back to its own code: killed, ending, or
 * ended and not yet reaped. What its threads still write is over before LMDB lets others write.
 */
function processStat(pid: number): { readonly start: string; readonly ending: boolean } | null {
  const stat = orNull(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  if (stat === null) return null;
  // The name, in parentheses, may hold anything; the state is the first field after it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state] = fields;
  const flags = fields[6];
  const start = fields[19];
  if (state === undefined || flags === undefined || start === undefined) return null;
  const status = orNull(() => readFileSync(`/proc/${pid}/status`, "utf8")) ?? "";
  const pending = BigInt(`0x${/^SigPnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  const ending =
    "ZX".includes(state) || (Number(flags) & EXITING) !== 0 || (pending & SIGKILL_PENDING) !== 0n;
  return { start, ending };
}

/** This process, as holder since `sinceMs` with the lock, of the state in a directory that is there. */
export function thisProcess(sinceMs: number, directory: string | null = null): HolderRecord {
  return {
    pid: process.pid,
    processStart: processStat(process.pid)?.start ?? null,
    bootId: orNull(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8")),
    pidNamespace: orNull(() => readlinkSync("/proc/self/ns/pid")),
    host: hostname(),
    sinceMs,
    locked: true,
    state: directory === null ? null : identityOf(directory),
  };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user may not be signalled, but it is there.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function differ(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && a !== b;
}

function isCopy({ state: held }: HolderRecord, { state }: HolderRecord): boolean {
  return held !== null && state !== null && !areSameDirectory(held, state);
}

/** Whether the holder lives, as seen from `self`. */
export function lifeOf(holder: HolderRecord, self: HolderRecord): HolderLife {
  const isThisBoot = holder.bootId !== null && holder.bootId === self.bootId;
  if (holder.host !== self.host && !isThisBoot) return "elsewhere";
  if (differ(holder.bootId, self.bootId)) {
    return isSharedFileSystem(self.state?.fileSystem ?? null) ? "elsewhere" : "gone";
  }
  if (isCopy(holder, self)) return "copied";
  if (differ(holder.pidNamespace, self.pidNamespace)) return "unknown";
  const stat = processStat(holder.pid);
  if (stat !== null && holder.processStart !== null) {
    return stat.start === holder.processStart && !stat.ending ? "alive" : "gone";
  }
  return exists(holder.pid) ? "unknown" : "gone";
}

/** The same for one that has not got the lock of the directory now, as was seen. */
export function lifeWithoutLock(holder: HolderRecord, self: HolderRecord): HolderLife {
  const life = lifeOf(holder, self);
  return life === "unknown" && holder.locked ? "gone" : life;
}
