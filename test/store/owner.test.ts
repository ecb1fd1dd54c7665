import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { StateDatabase } from "../../src/store/database.js";
import { openStore, StateInUseError } from "../../src/store/index.js";
import { judge, type Owner, ownerCodec, thisProcess } from "../../src/store/owner.js";
import { emptyDirectory, RecordingLog } from "./records.js";

const self = thisProcess(1_000);
const linux = process.platform === "linux";

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => child.on("exit", resolve));
  return child.pid!;
}

describe("the holder of a state", () => {
  it("is alive when it is this very process", () => {
    expect(judge(self, self)).toBe(linux ? "alive" : "unknown");
  });

  it("is gone when no process has its id", async () => {
    expect(judge({ ...self, pid: await deadPid() }, self)).toBe("gone");
  });

  it.runIf(linux)("is gone when its id went to a process that started later", () => {
    expect(judge({ ...self, processStart: "1" }, self)).toBe("gone");
  });

  it.runIf(linux)("is gone when the machine was started anew since", () => {
    expect(judge({ ...self, bootId: "another boot" }, self)).toBe("gone");
  });

  it.runIf(linux)("cannot be judged from another container", async () => {
    const holder: Owner = { ...self, pid: await deadPid(), pidNamespace: "pid:[1]" };
    expect(judge(holder, self)).toBe("unknown");
  });

  it("cannot be judged by its id alone while a process has that id", () => {
    const holder: Owner = { ...self, processStart: null, bootId: null, pidNamespace: null };
    expect(judge(holder, self)).toBe("unknown");
  });

  it.runIf(linux)("in another container keeps the state, until the lock is broken", async () => {
    const directory = emptyDirectory();
    const log = new RecordingLog();
    await openStore({ directory, durable: "relaxed", log }).close();
    const database = new StateDatabase(directory, "relaxed", log);
    const value = ownerCodec.encode({ ...self, pidNamespace: "pid:[1]", host: "elsewhere" });
    await database.write([{ table: "meta", key: Buffer.from("owner"), value }]);
    await database.close();
    const open = () => openStore({ directory, durable: "relaxed", log });
    expect(open).toThrow(StateInUseError);
    expect(open).toThrow("on elsewhere");
    await openStore({ directory, durable: "relaxed", log, breakLock: true }).close();
    await open().close();
  });
});
