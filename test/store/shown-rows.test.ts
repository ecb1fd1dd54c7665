/** What a holder shows of its state on the socket of its lock, and what of the file alone. */
import { readdirSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { readSnapshot, StateError } from "../../src/store/index.js";
import { DirectoryHandle } from "../../src/store/lock/directory-handle.js";
import { HolderServer, type RowSlices } from "../../src/store/lock/holder-server.js";
import { StateLock } from "../../src/store/lock/state-lock.js";
import { SMALL_DISKS, SmallDisk } from "../support/small-disk.js";
import { arbitraryChanges, contentAfter, contentOf } from "./change-sets.js";
import { openState, visitState } from "./open.js";
import { emptyDirectory, HIGH_COUNTERS, NO_CHANGES, queuedJob } from "./records.js";

const self = { pid: process.pid, host: "here", sinceMs: 1 };

describe("a look into a state", () => {
  it("shows the same while a server has it open and afterwards: all that was committed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryChanges, { maxLength: 6 }), async (sets) => {
        const directory = emptyDirectory();
        const store = await openState(directory);
        for (const changes of sets) {
          await new Promise<void>((resolve) => store.commit(changes, resolve));
        }
        const held = await readSnapshot(directory);
        await store.close();
        const free = await readSnapshot(directory);
        for (const { state, damaged } of [held, free]) {
          expect(damaged).toEqual([]);
          expect(contentOf(state)).toEqual(contentAfter(sets));
        }
        expect(held.holder).toMatchObject({ pid: process.pid, life: "alive" });
        expect(free.holder).toBeNull();
        expect(free.schema).toEqual(held.schema);
      }),
      { numRuns: 40 },
    );
  });

  it("shows one moment of a large state, and rows of megabytes, whatever is committed meanwhile", async () => {
    const directory = emptyDirectory();
    const store = await openState(directory);
    await store.load();
    const commit = (round: number) =>
      new Promise<void>((resolve) => {
        const put = Array.from({ length: 3_000 }, (_, i) => ({
          ...queuedJob(i + 1),
          startTimeS: round,
          owner: "x".repeat(i === 0 ? 3_000_000 : 300),
        }));
        store.commit(
          { ...NO_CHANGES, jobs: { put, delete: [] }, counters: HIGH_COUNTERS },
          resolve,
        );
      });
    await commit(1);
    let looking = true;
    const committing = (async () => {
      for (let round = 2; looking; round++) await commit(round);
    })();
    for (let look = 0; look < 5; look++) {
      const { state } = await readSnapshot(directory);
      expect(state.jobs).toHaveLength(3_000);
      expect(new Set(state.jobs.map(({ startTimeS }) => startTimeS)).size).toBe(1);
    }
    looking = false;
    await committing;
    await store.close();
  });

  it("finds it whole at any moment of a server that stops", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 20 }), async (turns) => {
        const directory = emptyDirectory();
        const store = await openState(directory);
        const put = Array.from({ length: 800 }, (_, i) => queuedJob(i + 1));
        const changes = { ...NO_CHANGES, jobs: { put, delete: [] }, counters: HIGH_COUNTERS };
        await new Promise<void>((resolve) => store.commit(changes, resolve));
        const looks = Array.from({ length: 6 }, () => readSnapshot(directory));
        for (let n = 0; n < turns; n++) await new Promise((resolve) => setImmediate(resolve));
        await store.close();
        for (const { state } of await Promise.all(looks)) expect(state.jobs).toHaveLength(800);
      }),
      { numRuns: 15 },
    );
  });

  it.runIf(SMALL_DISKS)("needs nothing of the disk: not even that it can be written", async () => {
    const disk = SmallDisk.mount(4)!;
    try {
      await visitState(disk.directory);
      for (const spoil of [() => disk.fill(), () => disk.makeReadOnly()]) {
        spoil();
        const { state, holder } = await readSnapshot(disk.directory);
        expect(state.counters.nextJobId).toBe(1);
        expect(holder).toBeNull();
      }
    } finally {
      disk.unmount();
    }
  });
});

/** Slices without end, unless told. */
class EndlessSlices implements RowSlices {
  readonly fileBytes = 0;
  given = 0;
  ended = false;
  next() {
    this.given++;
    return [{ table: "jobs", key: Buffer.alloc(8), value: Buffer.alloc(64 * 1024) }];
  }
  end(): void {
    this.ended = true;
  }
}

describe("the holder", () => {
  const open: (() => void)[] = [];
  afterEach(() => {
    for (const close of open.splice(0)) close();
  });

  async function holder(read: () => RowSlices): Promise<(request: string) => Promise<Socket>> {
    const handle = new DirectoryHandle(emptyDirectory());
    const server = new HolderServer(self);
    await server.listen(handle.path("it.sock"));
    server.showRows(read);
    open.push(
      () => handle.close(),
      () => server.close(),
    );
    return async (request) => {
      const socket = createConnection(handle.path("it.sock"));
      open.push(() => socket.destroy());
      await new Promise((resolve) => socket.on("connect", resolve));
      socket.on("error", () => {});
      socket.write(request);
      return socket;
    };
  }

  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const aWhile = () => new Promise((resolve) => setTimeout(resolve, 100));

  it("reads on only as fast as the other takes it, and stops when that one goes away", async () => {
    const slices = new EndlessSlices();
    const connect = await holder(() => slices);
    const socket = (await connect('{"command":"rows"}\n')).pause();
    await until(() => slices.given > 0);
    await aWhile();
    const { given } = slices;
    expect(given).toBeLessThan(50);
    await aWhile();
    expect(slices.given).toBe(given);
    socket.resume();
    await until(() => slices.given > 2 * given);
    socket.destroy();
    await until(() => slices.ended);
  });

  it("lets its thread do other things after every slice", async () => {
    const slices = new EndlessSlices();
    const connect = await holder(() => slices);
    (await connect('{"command":"rows"}\n')).resume();
    await until(() => slices.given > 0);
    for (let turn = 0; turn < 200; turn++) {
      const { given } = slices;
      await new Promise((resolve) => setImmediate(resolve));
      expect(slices.given - given).toBeLessThanOrEqual(2);
    }
  });

  it("reads for a few at a time; others are to ask again", async () => {
    const all: EndlessSlices[] = [];
    const connect = await holder(() => {
      all.push(new EndlessSlices());
      return all.at(-1)!;
    });
    const sockets = await Promise.all(
      Array.from({ length: 7 }, () => connect('{"command":"rows"}\n')),
    );
    let closed = 0;
    for (const socket of sockets) socket.on("close", () => closed++).resume();
    await until(() => closed === 3);
    expect(all).toHaveLength(4);
  });

  it.each([
    ["another request", '{"command":"other"}\n', "error"],
    ["what is no JSON", "hello\n", "error"],
    ["a line without end", "x".repeat(5_000), "close"],
  ])("answers %s with an error and goes on", async (_, request, answer) => {
    const connect = await holder(() => new EndlessSlices());
    const socket = await connect(request);
    let said = "";
    socket.on("data", (chunk) => {
      said += String(chunk);
    });
    await new Promise((resolve) => socket.on("close", resolve));
    const [greeting, second] = said.split("\n");
    expect(JSON.parse(greeting!)).toEqual(self);
    if (answer === "error") expect(JSON.parse(second!)).toHaveProperty("error");
    (await connect('{"command":"rows"}\n')).destroy();
  });

  it("that says something else is not understood, which is an error and no state", async () => {
    const directory = emptyDirectory();
    await visitState(directory);
    const lock = await StateLock.take(directory, self);
    if (!(lock instanceof StateLock)) throw new Error("the state is free");
    lock.showRows(() => ({
      fileBytes: 0,
      next: () => [{ table: 'x",1,"', key: Buffer.alloc(0), value: Buffer.alloc(0) }],
      end: () => {},
    }));
    await expect(readSnapshot(directory)).rejects.toThrow(StateError);
    lock.release();
    expect(readdirSync(directory).filter((name) => !name.endsWith(".mdb"))).toEqual([]);
  });
});

describe("the lock", () => {
  it("goes to one of many that take it at once, again and again", async () => {
    const directory = emptyDirectory();
    for (let round = 0; round < 30; round++) {
      const taken = await Promise.all(
        Array.from({ length: 6 }, () => StateLock.take(directory, self)),
      );
      const locks = taken.filter((one) => one instanceof StateLock);
      expect(locks).toHaveLength(1);
      for (const one of taken) if (!(one instanceof StateLock)) expect(one.heldBy).toEqual(self);
      expect(readdirSync(directory)).toEqual(["lock"]);
      locks[0]!.release();
      expect(readdirSync(directory)).toEqual([]);
    }
  });
});
