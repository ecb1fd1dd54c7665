/** A state and a holder of another computer, or of another directory. Needs the compiled dist. */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSnapshot } from "../../src/store/index.js";
import { StateDatabase } from "../../src/store/lmdb/database.js";
import {
  type HolderRecord,
  holderCodec,
  lifeOf,
  lifeWithoutLock,
  thisProcess,
} from "../../src/store/lmdb/holder.js";
import { isSharedFileSystem } from "../../src/store/lock/directory-identity.js";
import { metaWrite } from "../../src/store/records/tables.js";
import { Committer } from "./committer-process.js";
import { openState, visitState } from "./open.js";
import { emptyDirectory, RecordingLog } from "./records.js";

const linux = process.platform === "linux";

/** The row of a holder, in a state without a lock. */
async function leaveOwner(directory: string, holder: HolderRecord): Promise<void> {
  const database = new StateDatabase(directory, "relaxed", new RecordingLog());
  database.transaction(() => [metaWrite("owner", holderCodec.encode(holder))]);
  await database.close();
}

async function stateHeldBy(change: Partial<HolderRecord>): Promise<string> {
  const directory = emptyDirectory();
  await visitState(directory);
  await leaveOwner(directory, { ...thisProcess(1_000, directory), ...change });
  return directory;
}

async function holderOf(directory: string, before: readonly string[] = []): Promise<Committer> {
  const holder = new Committer("hold", directory, "disk", before);
  await holder.line(({ open }) => open === true);
  return holder;
}

/** What a Unix socket of another computer is here: a name at which nobody listens. */
async function leaveDeadSocket(path: string): Promise<void> {
  const server = createServer();
  const kept = `${path}.kept`;
  await new Promise<void>((resolve) => server.listen(path, resolve));
  renameSync(path, kept);
  await new Promise((resolve) => server.close(resolve));
  renameSync(kept, path);
}

/** As a directory of a network disk is after another computer has opened the state in it. */
async function cutOff(directory: string): Promise<string> {
  const [socket] = readdirSync(join(directory, "lock"));
  rmSync(join(directory, "lock", socket!));
  await leaveDeadSocket(join(directory, "lock", socket!));
  return socket!;
}

/** A command that runs another with a host name and a boot of its own. */
function otherComputer(): readonly string[] {
  const boot = join(mkdtempSync(join(tmpdir(), "boot-")), "boot_id");
  writeFileSync(boot, "00000000-0000-4000-8000-000000000001\n");
  const script = `hostname elsewhere && mount --bind ${boot} /proc/sys/kernel/random/boot_id && exec "$@"`;
  return ["unshare", "--uts", "--mount", "sh", "-c", script, "sh"];
}

const [unshare, ...others] = otherComputer();
const mayUnshare = spawnSync(unshare!, [...others, "true"]).status === 0;

describe("whether a holder lives", () => {
  const directory = emptyDirectory();
  mkdirSync(directory, { recursive: true });
  const self = thisProcess(1_000, directory);

  it.runIf(linux).each<[string, Partial<HolderRecord>, string]>([
    ["another name and another boot", { host: "b", bootId: "b" }, "elsewhere"],
    ["another name, and a boot that is not known", { host: "b", bootId: null }, "elsewhere"],
    ["another name in the same boot: a container", { host: "b", processStart: "1" }, "gone"],
    ["the same name and another boot: it was started anew", { bootId: "b" }, "gone"],
    ["another directory", { state: { ...self.state!, inode: "1" } }, "copied"],
    ["the same number on another disk", { state: { ...self.state!, device: "1" } }, "copied"],
    [
      "the same number on a disk of another kind: the directory, seen twice",
      { state: { ...self.state!, device: "1", fileSystem: "overlay overlay" } },
      "alive",
    ],
    ["no directory, as of older software", { state: null }, "alive"],
    ["this very process", {}, "alive"],
  ])("is judged by name, boot and directory: %s", (_, change, life) => {
    const holder = { ...self, ...change };
    expect(lifeOf(holder, self)).toBe(life);
    // That nobody has the lock here says nothing of another computer.
    expect(lifeWithoutLock(holder, self)).toBe(life);
  });

  it.runIf(linux)("another boot tells nothing on a disk that computers share", () => {
    const onNfs = { ...self, state: { ...self.state!, fileSystem: "nfs4 server:/export" } };
    expect(lifeOf({ ...onNfs, bootId: "b" }, onNfs)).toBe("elsewhere");
    expect(["nfs4 a:/b", "cifs //a/b", "ceph a", "fuse.sshfs a:"].every(isSharedFileSystem)).toBe(
      true,
    );
    expect(
      ["ext4 /dev/sda1", "xfs a", "overlay overlay", "tmpfs tmpfs"].some(isSharedFileSystem),
    ).toBe(false);
  });

  it("is written, and read again, with all that names the directory", () => {
    expect(holderCodec.decode(holderCodec.encode(self))).toEqual(self);
    if (linux) expect(self.state?.fileSystem).toMatch(/^\S+ \S+$/);
  });
});

describe("a state that a server on another computer has, or had, open", () => {
  it("is refused, with what to do, until --break-lock says that it has ended", async () => {
    const directory = await stateHeldBy({ host: "elsewhere", bootId: "another boot" });
    const opening = openState(directory);
    await expect(opening).rejects.toThrow(
      /process \d+ on elsewhere, since .*on another computer.*stop it there.*--break-lock/s,
    );
    expect((await readSnapshot(directory)).holder).toMatchObject({ life: "elsewhere" });
    const store = await openState(directory, { breakLock: true });
    expect(store.leftOpen).toBe(true);
    await store.close();
    await visitState(directory);
  });

  it.runIf(mayUnshare)(
    "keeps its lock and its server, although its socket looks dead",
    async () => {
      const directory = emptyDirectory();
      const holder = await holderOf(directory, otherComputer());
      const socket = await cutOff(directory);
      await expect(openState(directory)).rejects.toThrow(/on elsewhere.*on another computer/s);
      expect(readdirSync(join(directory, "lock"))).toEqual([socket]);
      expect(holder.lines).toEqual([{ open: true }]);
      await holder.kill("SIGKILL");
    },
  );

  it.runIf(mayUnshare)("is lost at once to a server that has nothing to write", async () => {
    const directory = emptyDirectory();
    const holder = await holderOf(directory, otherComputer());
    await cutOff(directory);
    const store = await openState(directory, { breakLock: true });
    expect(await holder.line(({ lost }) => lost !== undefined)).toEqual({ lost: "STATE_LOST" });
    await store.close();
  });

  it.runIf(mayUnshare)(
    "is taken over without asking when this computer was started anew",
    async () => {
      const directory = emptyDirectory();
      const script = otherComputer().map((word) => word.replace("hostname elsewhere && ", ""));
      const holder = await holderOf(directory, script);
      await holder.kill("SIGKILL");
      const store = await openState(directory);
      expect(store.leftOpen).toBe(true);
      await store.close();
    },
  );
});

describe("a copy of a state", () => {
  it("is opened beside the original, and says what it is", async () => {
    const directory = emptyDirectory();
    const holder = await holderOf(directory);
    const copy = emptyDirectory();
    // With everything that `cp -a` takes, the socket of the lock too.
    spawnSync("cp", ["-a", `${directory}/.`, copy]);
    expect(readdirSync(copy)).toContain("lock");
    expect((await readSnapshot(copy)).holder).toMatchObject({ life: "copied" });
    const log = new RecordingLog();
    const store = await openState(copy, { log });
    expect(store.leftOpen).toBe(true);
    expect(log.of("warn").join("\n")).toContain(`this state is a copy of the one in ${directory}`);
    await store.close();
    await expect(openState(directory)).rejects.toThrow("in use by another server");
    expect(holder.lines).toEqual([{ open: true }]);
    await holder.kill("SIGKILL");
  });

  it("is one although it is deeper, or a copy of a copy", async () => {
    const directory = emptyDirectory();
    const holder = await holderOf(directory);
    const first = join(directory, "inside");
    const second = join(first, "second");
    mkdirSync(second, { recursive: true });
    for (const copy of [first, second]) cpSync(join(directory, "data.mdb"), join(copy, "data.mdb"));
    await visitState(second);
    await visitState(first);
    await holder.kill("SIGKILL");
  });

  it("is not what a directory is under another name: that is in use", async () => {
    const directory = emptyDirectory();
    const holder = await holderOf(directory);
    rmSync(join(directory, "lock"), { recursive: true });
    const other = `${directory}-moved`;
    renameSync(directory, other);
    await expect(openState(other, { breakLock: true })).rejects.toThrow("in use by another server");
    await holder.kill("SIGKILL");
    renameSync(other, directory);
    await visitState(directory);
  });
});

describe("a server whose lock is removed", () => {
  it("says so, and goes on while the file is its own", async () => {
    const directory = emptyDirectory();
    const holder = await holderOf(directory);
    rmSync(join(directory, "lock"), { recursive: true });
    const said = await holder.line(({ log }) => log === "error");
    expect(said?.message).toMatch(/the lock of the state directory .* was removed/);
    await holder.kill("SIGKILL");
  });

  it("ends when its directory is removed", async () => {
    const directory = emptyDirectory();
    const holder = await holderOf(directory);
    rmSync(directory, { recursive: true });
    expect(await holder.line(({ lost }) => lost !== undefined)).toEqual({ lost: "STATE_LOST" });
  });
});
