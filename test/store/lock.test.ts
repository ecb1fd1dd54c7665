/** The lock of a state directory, among processes. Needs the compiled dist. */
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readSnapshot, StateInUseError } from "../../src/store/index.js";
import { Committer, changeSetsIn, expectedIds } from "./committer-process.js";
import { openState, visitState } from "./open.js";
import { emptyDirectory } from "./records.js";

const linux = process.platform === "linux";

async function holderOf(directory: string, before: readonly string[] = []): Promise<Committer> {
  const holder = new Committer("hold", directory, "disk", before);
  await holder.line(({ open }) => open === true);
  return holder;
}

/** Everything in the directory but the files of LMDB. */
function besidesLmdb(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).filter(
    (name) => !name.endsWith(".mdb"),
  );
}

describe("beside a server that commits as fast as it can", () => {
  it("every other start is refused, and nothing that it has reported is lost", async () => {
    const directory = emptyDirectory();
    const committer = new Committer("stream", directory, "relaxed");
    await committer.line(({ done }) => done === 20);
    const other = new Committer("tries", directory, "relaxed");
    let refused = 0;
    await other.line((line) => line.refused === "STATE_IN_USE" && ++refused === 400);
    await other.kill("SIGKILL");
    expect(other.lines.filter((line) => line.refused !== "STATE_IN_USE")).toEqual([]);
    const { lastDone } = committer;
    await committer.line(({ done }) => done !== undefined && done > lastDone + 20);
    await committer.kill("SIGTERM");
    const done = committer.lines.flatMap((line) => line.done ?? []);
    expect(done).toStrictEqual(done.map((_, i) => i + 1));
    expect(committer.lines.filter(({ log }) => log !== undefined)).toEqual([]);
    expect(await changeSetsIn(directory)).toBe(committer.lines.at(-1)?.closed);
  });

  it("a start is refused although it has no lock, as one of an older version", async () => {
    const directory = emptyDirectory();
    const committer = new Committer("stream", directory);
    await committer.line(({ done }) => done === 20);
    rmSync(join(directory, "lock"), { recursive: true });
    const other = new Committer("tries", directory);
    let refused = 0;
    await other.line((line) => line.refused === "STATE_IN_USE" && ++refused === 10);
    await other.kill("SIGKILL");
    expect(other.lines.filter((line) => line.refused !== "STATE_IN_USE")).toEqual([]);
    await committer.kill("SIGTERM");
    expect(await changeSetsIn(directory)).toBe(committer.lines.at(-1)?.closed);
  });

  it("every look into its state is whole and up to date, and takes nothing from it", async () => {
    const directory = emptyDirectory();
    const committer = new Committer("stream", directory, "relaxed");
    await committer.line(({ done }) => done === 20);
    const other = new Committer("looks", directory);
    let over = false;
    void other
      .line(({ looked }) => looked === 500)
      .then(() => {
        over = true;
      });
    for (let n = 0; !over || n < 100; n++) {
      expect(n).toBeLessThan(20_000);
      const reported = committer.lastDone;
      const { state, damaged, holder } = await readSnapshot(directory);
      const last = (state.counters.nextJobId - 1) / 2;
      expect(state.jobs.map(({ jobId }) => jobId)).toStrictEqual(expectedIds(last));
      expect(last).toBeGreaterThanOrEqual(reported);
      expect(damaged).toEqual([]);
      expect(holder).toMatchObject({ pid: committer.process.pid, life: "alive" });
    }
    await other.kill("SIGKILL");
    expect(other.lines.length).toBeGreaterThanOrEqual(500);
    await committer.kill("SIGTERM");
    expect(committer.lines.filter(({ log }) => log !== undefined)).toEqual([]);
    expect(await changeSetsIn(directory)).toBe(committer.lines.at(-1)?.closed);
  });
});

describe("the lock of a server that was killed", () => {
  it("goes to exactly one of many that start at once", async () => {
    const directory = emptyDirectory();
    let holder = await holderOf(directory);
    for (let round = 0; round < 4; round++) {
      await holder.kill("SIGKILL");
      const starting = Array.from({ length: 5 }, () => new Committer("hold", directory));
      const lines = await Promise.all(
        starting.map((one) => one.line((line) => line.log === undefined)),
      );
      const open = starting.filter((_, i) => lines[i]?.open === true);
      expect(open).toHaveLength(1);
      expect(lines.filter((line) => line?.refused === "STATE_IN_USE")).toHaveLength(4);
      expect(besidesLmdb(directory)).toHaveLength(2);
      holder = open[0]!;
    }
  });

  it("is replaced, and nothing of it stays", async () => {
    const directory = emptyDirectory();
    const holder = await holderOf(directory);
    const [folder, socket] = besidesLmdb(directory).sort();
    expect(folder).toBe("lock");
    expect(socket).toMatch(new RegExp(`^lock/${holder.process.pid}-[0-9a-f]+\\.sock$`));
    await holder.kill("SIGKILL");
    const store = await openState(directory);
    expect(store.leftOpen).toBe(true);
    expect(besidesLmdb(directory)).toHaveLength(2);
    expect(besidesLmdb(directory)).not.toContain(socket);
    await store.close();
    expect(besidesLmdb(directory)).toEqual([]);
  });

  // A namespace of processes, as a container has it.
  const container = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
  const mayUnshare = spawnSync(container[0]!, [...container.slice(1), "true"]).status === 0;

  it.runIf(mayUnshare)("is judged from another container: alive as long as it lives", async () => {
    const directory = emptyDirectory();
    const holder = await holderOf(directory, container);
    for (const breakLock of [false, true]) {
      await expect(openState(directory, { breakLock })).rejects.toThrow("in use by another server");
    }
    expect((await readSnapshot(directory)).holder).toMatchObject({ pid: 1, life: "alive" });
    await holder.kill("SIGKILL");
    expect((await readSnapshot(directory)).holder).toMatchObject({ pid: 1, life: "gone" });
    const store = await openState(directory);
    expect(store.leftOpen).toBe(true);
    await store.close();
  });
});

describe("a server that is stopped", () => {
  const connections: Socket[] = [];
  afterEach(() => {
    for (const socket of connections.splice(0)) socket.destroy();
  });

  it.runIf(linux)("keeps its state; others are told that it does not answer", async () => {
    const directory = emptyDirectory();
    const committer = new Committer("stream", directory);
    await committer.line(({ done }) => done === 20);
    committer.process.kill("SIGSTOP");
    for (const breakLock of [false, true]) {
      const refusal = await openState(directory, { breakLock }).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(StateInUseError);
      expect(String(refusal)).toContain(`process ${committer.process.pid} on`);
      expect(String(refusal)).toContain("does not answer");
    }
    const { state, holder } = await readSnapshot(directory);
    const n = (state.counters.nextJobId - 1) / 2;
    expect(n).toBeGreaterThanOrEqual(20);
    expect(state.jobs.map(({ jobId }) => jobId)).toStrictEqual(expectedIds(n));
    expect(holder).toMatchObject({ pid: committer.process.pid, life: "noAnswer" });
    committer.process.kill("SIGCONT");
    await committer.line(({ done }) => done !== undefined && done > n + 20);
    await committer.kill("SIGTERM");
    expect(await changeSetsIn(directory)).toBe(committer.lines.at(-1)?.closed);
  });

  it.runIf(linux)("lives although no further connection may wait for it", async () => {
    const directory = emptyDirectory();
    const holder = await holderOf(directory);
    holder.process.kill("SIGSTOP");
    const [socket] = readdirSync(join(directory, "lock"));
    const ends = Array.from({ length: 600 }, () => {
      const connection = createConnection(join(directory, "lock", socket!));
      connections.push(connection);
      return new Promise<string>((resolve) => {
        connection.on("connect", () => resolve("connected"));
        connection.on("error", (error) => resolve("code" in error ? String(error.code) : ""));
      });
    });
    expect(new Set(await Promise.all(ends))).toEqual(new Set(["connected", "EAGAIN"]));
    await expect(openState(directory)).rejects.toThrow("does not answer");
    expect((await readSnapshot(directory)).holder).toMatchObject({ life: "noAnswer" });
    for (const connection of connections.splice(0)) connection.destroy();
    holder.process.kill("SIGCONT");
    await expect(openState(directory)).rejects.toThrow(`(process ${holder.process.pid} on`);
  });
});

describe("a state directory", () => {
  it.each(["000", "077", "777"])("has a lock for its owner alone (umask %s)", async (umask) => {
    const directory = emptyDirectory();
    await visitState(directory);
    const under = ["sh", "-c", `umask ${umask}; exec "$@"`, "sh"];
    const holder = await holderOf(directory, under);
    const [socket] = readdirSync(join(directory, "lock"));
    const mode = (...names: string[]) => statSync(join(directory, ...names)).mode & 0o777;
    expect([mode("lock"), mode("lock", socket!)]).toEqual([0o700, 0o600]);
    await expect(openState(directory)).rejects.toThrow(`process ${holder.process.pid} on`);
    await holder.kill("SIGKILL");
    await visitState(directory);
  });

  it("may lie deeper than the path of a socket reaches", async () => {
    const top = emptyDirectory();
    const directory = join(top, ..."abc".split("").map((letter) => letter.repeat(200)));
    const holder = await holderOf(directory);
    await expect(openState(directory)).rejects.toThrow(`process ${holder.process.pid} on`);
    expect((await readSnapshot(directory)).holder).toMatchObject({ life: "alive" });
    await holder.kill("SIGKILL");
    await visitState(directory);
    expect(besidesLmdb(directory)).toEqual([]);
  });

  it.runIf(linux)("needs no working directory", async () => {
    const directory = emptyDirectory();
    const removed = () => {
      const path = mkdtempSync(join(tmpdir(), "spalloc-removed-"));
      return ["sh", "-c", `cd ${path} && rmdir ${path} && exec "$@"`, "sh"];
    };
    const holder = await holderOf(directory, removed());
    const refused = await new Committer("try", directory, "disk", removed()).line(() => true);
    expect(refused).toMatchObject({ refused: "STATE_IN_USE" });
    await holder.kill("SIGKILL");
    const next = new Committer("try", directory, "disk", removed());
    expect(await next.line(({ log }) => log === undefined)).toMatchObject({ open: true });
    await next.end();
    expect(besidesLmdb(directory)).toEqual([]);
  });

  it("is refused if something else stands where the lock belongs", async () => {
    const directory = emptyDirectory();
    await visitState(directory);
    const before = readFileSync(join(directory, "data.mdb"));
    mkdirSync(join(directory, "lock", "something"), { recursive: true });
    await expect(openState(directory)).rejects.toMatchObject({ code: "STATE_DIRECTORY" });
    await expect(openState(directory)).rejects.toThrow("cannot be locked");
    expect(readFileSync(join(directory, "data.mdb")).equals(before)).toBe(true);
    rmSync(join(directory, "lock"), { recursive: true });
    await visitState(directory);
  });

  it("has nothing of a server left that was killed while it took the lock", async () => {
    const directory = emptyDirectory();
    const holder = await holderOf(directory);
    await holder.kill("SIGKILL");
    const left = join(directory, "lock.0123456789abcdef");
    renameSync(join(directory, "lock"), left);
    await visitState(directory);
    expect(besidesLmdb(directory)).toHaveLength(2);
    utimesSync(left, 1, 1);
    await visitState(directory);
    expect(besidesLmdb(directory)).toEqual([]);
    // What is not of that kind stays, and keeps nobody from starting.
    mkdirSync(join(left, "something"), { recursive: true });
    utimesSync(left, 1, 1);
    await visitState(directory);
    expect(besidesLmdb(directory)).toHaveLength(2);
  });
});
