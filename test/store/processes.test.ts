/** The store among processes that die, compete and run out of disk. Needs the compiled dist. */
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSnapshot, StateInUseError } from "../../src/store/index.js";
import { Committer, changeSetsIn, expectedIds } from "./committer-process.js";
import { openState, takeAway, visitState } from "./open.js";
import { emptyDirectory, RecordingLog } from "./records.js";

describe("a server that is killed in the middle of its commits", () => {
  it.each(["disk", "relaxed"])(
    "loses nothing it has reported, and no change set is there by half (%s)",
    async (durable) => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 400 }), async (reports) => {
          const directory = emptyDirectory();
          const committer = new Committer("stream", directory, durable);
          await committer.line(({ done }) => done !== undefined && done >= reports);
          await committer.kill("SIGKILL");
          expect(committer.lastDone).toBeGreaterThanOrEqual(reports);
          expect(await changeSetsIn(directory)).toBeGreaterThanOrEqual(committer.lastDone);
          const done = committer.lines.flatMap((line) => line.done ?? []);
          expect(done).toStrictEqual(done.map((_, i) => i + 1));
        }),
        { numRuns: 5 },
      );
    },
  );

  it("writes all that is waiting when it is closed in order", async () => {
    const directory = emptyDirectory();
    const committer = new Committer("stream", directory);
    await committer.line(({ done }) => done === 20);
    await committer.kill("SIGTERM");
    const last = committer.lines.at(-1)?.closed;
    expect(await changeSetsIn(directory)).toBe(last);
  });
});

describe("a server whose state another one takes", () => {
  it("ends at its next commit, and has reported nothing that the other does not find", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 100 }), async (reports) => {
        const directory = emptyDirectory();
        const committer = new Committer("stream", directory);
        await committer.line(({ done }) => done !== undefined && done >= reports);
        await takeAway(directory, "disk", committer.process);
        const { state } = await readSnapshot(directory);
        const last = await committer.line(({ lost }) => lost !== undefined);
        expect(last?.lost).toBe("STATE_LOST");
        expect(committer.lastDone).toBeLessThanOrEqual((state.counters.nextJobId - 1) / 2);
      }),
      { numRuns: 5 },
    );
  });
});

describe("a snapshot of a state", () => {
  it("can be taken while a server writes: it is whole, and the server goes on", async () => {
    const directory = emptyDirectory();
    const committer = new Committer("stream", directory);
    await committer.line(({ done }) => done === 20);
    let last = 0;
    for (let i = 0; i < 20; i++) {
      const reported = committer.lastDone;
      const { state, damaged, holder } = await readSnapshot(directory);
      const n = (state.counters.nextJobId - 1) / 2;
      expect(state.jobs.map(({ jobId }) => jobId)).toStrictEqual(expectedIds(n));
      expect(damaged).toEqual([]);
      expect(n).toBeGreaterThanOrEqual(reported);
      expect(holder).toMatchObject({ pid: committer.process.pid, life: "alive" });
      last = n;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await committer.line(({ done }) => done !== undefined && done > last);
    await committer.kill("SIGTERM");
    expect((await readSnapshot(directory)).holder).toBeNull();
  });

  it("of no state is an error that says so, and makes none", async () => {
    const directory = emptyDirectory();
    await expect(readSnapshot(directory)).rejects.toThrow("There is no state");
    await expect(readSnapshot(`${directory}/none`)).rejects.toThrow("There is no state");
  });
});

describe("a state directory", () => {
  it("is refused to a second server, which is told who has it", async () => {
    const directory = emptyDirectory();
    const holder = new Committer("hold", directory);
    await holder.line(({ open }) => open === true);
    await expect(openState(directory)).rejects.toThrow(StateInUseError);
    await expect(openState(directory)).rejects.toThrow(`process ${holder.process.pid} on`);
    await expect(openState(directory, { breakLock: true })).rejects.toThrow(StateInUseError);
    const second = await new Committer("try", directory).line(() => true);
    expect(second).toMatchObject({ refused: "STATE_IN_USE" });
  });

  it("is open to the next server as soon as its holder is killed", async () => {
    const directory = emptyDirectory();
    const holder = new Committer("hold", directory);
    await holder.line(({ open }) => open === true);
    await holder.kill("SIGKILL");
    const log = new RecordingLog();
    const store = await openState(directory, { log });
    expect(store.leftOpen).toBe(true);
    expect(log.of("info")).toHaveLength(1);
    await store.close();
    const again = new RecordingLog();
    await visitState(directory, { log: again });
    expect(again.of("info")).toHaveLength(0);
  });

  it("goes to exactly one of many servers that start at once", async () => {
    const directory = emptyDirectory();
    const committers = Array.from({ length: 4 }, () => new Committer("hold", directory));
    const lines = await Promise.all(committers.map((committer) => committer.line(() => true)));
    expect(lines.filter((line) => line?.open === true)).toHaveLength(1);
    expect(lines.filter((line) => line?.refused === "STATE_IN_USE")).toHaveLength(3);
  });
});

/** Sets how large a file the process may write: what lies beyond fails, as on a full disk. */
function limitFileSize(pid: number, bytes: string): boolean {
  return spawnSync("prlimit", [`--pid=${pid}`, `--fsize=${bytes}:unlimited`]).status === 0;
}

describe.runIf(limitFileSize(process.pid, "unlimited"))("a disk that takes no more", () => {
  it("delays the commits, and nothing is lost or out of order when it has room again", async () => {
    const directory = emptyDirectory();
    const committer = new Committer("stream", directory);
    await committer.line(({ done }) => done === 20);
    expect(limitFileSize(committer.process.pid!, "4096")).toBe(true);
    await committer.line(({ log }) => log === "error");
    const reported = committer.lastDone;
    expect(limitFileSize(committer.process.pid!, "unlimited")).toBe(true);
    await committer.line(({ log }) => log === "warn");
    await committer.line(({ done }) => done !== undefined && done > reported + 20);
    await committer.kill("SIGTERM");
    const levels = committer.lines.flatMap(({ log }) => log ?? []);
    expect(levels).toStrictEqual(["error", "warn"]);
    const done = committer.lines.flatMap((line) => line.done ?? []);
    expect(done).toStrictEqual(done.map((_, i) => i + 1));
    expect(await changeSetsIn(directory)).toBe(done.length);
  });

  it("makes the server say so when it ends meanwhile; what was reported is there", async () => {
    const directory = emptyDirectory();
    const committer = new Committer("stream", directory);
    await committer.line(({ done }) => done === 20);
    limitFileSize(committer.process.pid!, "4096");
    await committer.line(({ log }) => log === "error");
    await committer.kill("SIGTERM");
    expect(committer.lines.at(-1)).toMatchObject({ refused: "STATE_NOT_SAVED" });
    expect(await changeSetsIn(directory)).toBeGreaterThanOrEqual(committer.lastDone);
  });
});
