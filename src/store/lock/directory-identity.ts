/** Which directory a state lies in: its name, and what tells it from a copy, and from one on another disk. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";

export interface DirectoryIdentity {
  /** Absolute. */
  readonly directory: string;
  /** Of the file system, as this boot of this computer numbers it. */
  readonly device: string;
  /** Of the directory in its file system. */
  readonly inode: string;
  /** Kind and source, such as "ext4 /dev/sda1" or "nfs4 server:/export"; null where it is not shown. */
  readonly fileSystem: string | null;
}

/** Throws what the system says. */
export function identityOf(directory: string): DirectoryIdentity {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    const fileSystem = fileSystemOf(fd);
    return { directory, device: String(dev), inode: String(ino), fileSystem };
  } finally {
    closeSync(fd);
  }
}

/** As /proc/self/mountinfo has it: id, …, "-", kind, source, options. */
function fileSystemOf(fd: number): string | null {
  try {
    const info = readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
    const mount = /^mnt_id:\s*(\d+)$/m.exec(info)?.[1];
    const line = readFileSync("/proc/self/mountinfo", "utf8")
      .split("\n")
      .find((text) => text.startsWith(`${mount} `));
    return line?.split(" - ")[1]?.split(" ").slice(0, 2).join(" ") ?? null;
  } catch {
    return null;
  }
}

/** Several computers may have these open at once, and do not see each other's processes and sockets. */
const SHARED = /^(nfs|cifs|smb|ceph|lustre|gfs2|ocfs2|gpfs|afs|beegfs|glusterfs|fuse\.(?!lxcfs))/;

export function isSharedFileSystem(fileSystem: string | null): boolean {
  return fileSystem !== null && SHARED.test(fileSystem);
}

/**
 * Whether both were the same directory, when seen in the same boot of the same computer. A file system
 * that is seen twice, as itself and through another, shows the directory with the same number in each.
 */
export function areSameDirectory(one: DirectoryIdentity, other: DirectoryIdentity): boolean {
  if (one.inode !== other.inode) return false;
  return one.device === other.device || kindOf(one) !== kindOf(other);
}

function kindOf({ fileSystem }: DirectoryIdentity): string | null {
  return fileSystem?.split(" ")[0] ?? null;
}
