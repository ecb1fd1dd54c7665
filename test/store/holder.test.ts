import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { readSnapshot, StateInUseError } from "../../src/store/index.js";
import { StateDatabase } from "../../src/store/lmdb/database.js";
import {
  type HolderRecord,
  holderCodec,
  lifeOf,
  thisProcess,
} from "../../src/store/lmdb/holder.js";
import { openState, visitState } from "./open.js";
import { emptyDirectory, RecordingLog } from "./records.js";

const self = thisProcess(1_000);
const linux = process.platform === "linux";

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => child.on("exit", resolve));
  return child.pid!;
}

const elsewhere: HolderRecord = { ...self, pidNamespace: "pid:[1]", host: "elsewhere" };

/** A state with that row, and without a lock. */
async function heldBy(holder: HolderRecord): Promise<string> {
  const directory = emptyDirectory();
  await visitState(directory);
  const database = new StateDatabase(directory, "relaxed", new RecordingLog());
  const value = holderCodec.encode(holder);
  database.transaction(() => [{ table: "meta", key: Buffer.from("owner"), value }]);
  await database.close();
  return directory;
}

describe("the holder of a state", () => {
  it("is alive when it is this very process", () => {
    expect(lifeOf(self, self)).toBe(linux ? "alive" : "unknown");
  });

  it("is gone when no process has its id", async () => {
    expect(lifeOf({ ...self, pid: await deadPid() }, self)).toBe("gone");
  });

  it.runIf(linux)("is gone when its id went to a process that started later", () => {
    expect(lifeOf({ ...self, processStart: "1" }, self)).toBe("gone");
  });

  it.runIf(linux)("is gone when the machine was started anew since", () => {
    expect(lifeOf({ ...self, bootId: "another boot" }, self)).toBe("gone");
  });

  it.runIf(linux)("cannot be judged from another container", async () => {
    const holder: HolderRecord = { ...self, pid: await deadPid(), pidNamespace: "pid:[1]" };
    expect(lifeOf(holder, self)).toBe("unknown");
  });

  it("cannot be judged by its id alone while a process has that id", () => {
    const holder: HolderRecord = { ...self, processStart: null, bootId: null, pidNamespace: null };
    expect(lifeOf(holder, self)).toBe("unknown");
  });

  it.runIf(linux)("in another container keeps the state, until the lock is broken", async () => {
    const directory = await heldBy({ ...elsewhere, locked: false });
    await expect(openState(directory)).rejects.toThrow(StateInUseError);
    await expect(openState(directory)).rejects.toThrow("on elsewhere");
    await visitState(directory, { breakLock: true });
    await visitState(directory);
  });

  it("in another container is gone if it had the lock, and that is free", async () => {
    const directory = await heldBy(elsewhere);
    expect((await readSnapshot(directory)).holder).toMatchObject({ life: "gone" });
    const store = await openState(directory);
    expect(store.leftOpen).toBe(true);
    await store.close();
  });

  it.runIf(linux)("that is seen alive keeps the state although its lock was removed", async () => {
    const directory = await heldBy(self);
    expect((await readSnapshot(directory)).holder).toMatchObject({ life: "alive" });
    await expect(openState(directory)).rejects.toThrow("in use by another server");
    await expect(openState(directory, { breakLock: true })).rejects.toThrow(StateInUseError);
  });

  it("is read from rows without the field of the lock, which no older software writes", () => {
    const bytes = holderCodec.encode({ ...self, locked: false });
    expect(holderCodec.decode(bytes.subarray(0, -2))).toEqual({ ...self, locked: false });
    expect(bytes.at(-1)).toBe(0);
  });
});
