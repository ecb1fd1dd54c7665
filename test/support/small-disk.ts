/** A real file system of a few megabytes, in memory, for tests of what happens when it is full. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class SmallDisk {
  private constructor(readonly directory: string) {}

  /** Null where it cannot be had: it takes Linux, and the right to mount. */
  static mount(megabytes: number): SmallDisk | null {
    const directory = mkdtempSync(join(tmpdir(), "spalloc-disk-"));
    const size = `size=${megabytes}m`;
    if (spawnSync("mount", ["-t", "tmpfs", "-o", size, "tmpfs", directory]).status === 0) {
      return new SmallDisk(directory);
    }
    rmdirSync(directory);
    return null;
  }

  /** Takes all the room that is left. */
  fill(): void {
    const { bfree, bsize } = statfsSync(this.directory);
    writeFileSync(join(this.directory, "filler"), Buffer.alloc(Number(bfree) * Number(bsize)));
  }

  /** Gives it back. */
  free(): void {
    rmSync(join(this.directory, "filler"));
  }

  makeReadOnly(): void {
    const { status, stderr } = spawnSync("mount", ["-o", "remount,ro", this.directory]);
    if (status !== 0) throw new Error(`cannot remount ${this.directory}: ${stderr}`);
  }

  unmount(): void {
    spawnSync("umount", ["-l", this.directory]);
    rmdirSync(this.directory);
  }
}

const probe = SmallDisk.mount(1);
probe?.unmount();

/** For the title of a test that cannot run. */
export const SMALL_DISKS = probe !== null;
