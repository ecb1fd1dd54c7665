import { readdirSync, readFileSync } from "node:fs";
import { constants, getPriority } from "node:os";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SearchAnswer, SearchBatch } from "../../src/placement/batch-types.js";

// Worker threads run what was built: so does this test.
const dist = new URL("../../dist/src/", import.meta.url);
const { createSearchPool }: typeof import("../../src/search-pool/pool.js") = await import(
  new URL("search-pool/pool.js", dist).href
);
const { BoardBitmaps }: typeof import("../../src/placement/bitmaps/board-bitmaps.js") =
  await import(new URL("placement/bitmaps/board-bitmaps.js", dist).href);

function wholeMachine(
  bitmaps: SharedArrayBuffer,
  size: { width: number; height: number },
): SearchBatch {
  const request = {
    size: { kind: "triads" as const, ...size },
    minRatio: 0,
    maxDeadBoards: null,
    maxDeadLinks: null,
    requireTorus: true,
  };
  return { bitmaps, items: [{ jobId: 1, request, checkPossible: true }], overtake: false };
}

describe("the search pool", () => {
  const errors: unknown[] = [];
  let pool: Awaited<ReturnType<typeof createSearchPool>>;
  beforeAll(async () => {
    pool = await createSearchPool({ threads: 2, onError: (error) => errors.push(error) });
  });
  afterAll(() => pool.close());

  it("answers many machines at once, each as it is, and never within the call", async () => {
    const answers = Array.from({ length: 40 }, (_, i) => {
      const size = { width: 1 + (i % 7), height: 1 + (i % 5) };
      const bitmaps = new BoardBitmaps({ ...size, deadBoards: [], deadLinks: [] });
      if (i % 2 === 1) {
        bitmaps.occupy({ x: 0, y: 0, width: 1, height: 1, board: 0, missing: [] });
      }
      return new Promise<[SearchAnswer, number, number]>((resolve) => {
        let within = true;
        pool.search(wholeMachine(bitmaps.buffer, size), (answer) => {
          expect(within).toBe(false);
          resolve([answer, bitmaps.epoch, i % 2]);
        });
        within = false;
      });
    });
    for (const [answer, epoch, busy] of await Promise.all(answers)) {
      expect(answer.epoch).toBe(epoch);
      expect(answer.results[0]?.outcome).toBe(busy ? "waiting" : "placed");
    }
    expect(errors).toEqual([]);
  });

  const canYield = process.platform === "linux" && getPriority() < constants.priority.PRIORITY_LOW;
  it.runIf(canYield)("lets the main thread go first", () => {
    // Behind the name, which may hold anything, the niceness of a thread is the 17th field.
    const niceness = readdirSync("/proc/self/task").map((thread) => {
      const stat = readFileSync(`/proc/self/task/${thread}/stat`, "utf8");
      return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
    });
    const search = Math.min(getPriority() + 10, constants.priority.PRIORITY_LOW);
    expect(niceness.filter((each) => each === search)).toHaveLength(pool.threads);
  });

  it("tells of a batch that fails, and goes on", async () => {
    const failed = new Promise((resolve, reject) => {
      void createSearchPool({ threads: 1, onError: resolve }).then((other) => {
        const nonsense = { bitmaps: new SharedArrayBuffer(4), items: [], overtake: false };
        other.search(nonsense, () => reject(new Error("a batch without bitmaps was answered")));
        const size = { width: 2, height: 2 };
        const { buffer } = new BoardBitmaps({ ...size, deadBoards: [], deadLinks: [] });
        other.search(wholeMachine(buffer, size), () => void other.close());
      });
    });
    expect(await failed).toBeInstanceOf(Error);
  });
});

describe("a snapshot taken in another thread while the main thread writes", () => {
  it("holds all of a write or nothing of it", async () => {
    const size = { width: 70, height: 40 };
    const bitmaps = new BoardBitmaps({ ...size, deadBoards: [], deadLinks: [] });
    const worker = new Worker(
      `const { workerData, parentPort } = require("node:worker_threads");
       import(workerData.module).then(({ blankSnapshot, refresh }) => {
         const snapshot = blankSnapshot(workerData.buffer);
         const seen = { full: 0, empty: 0, torn: 0, epochs: 0 };
         parentPort.postMessage("ready");
         for (let i = 0; i < 3000; i++) {
           const before = snapshot.epoch;
           refresh(workerData.buffer, snapshot);
           if (snapshot.epoch !== before) seen.epochs++;
           const words = snapshot.busy;
           const { grid } = snapshot;
           let full = true, empty = true;
           for (let j = 0; j < words.length; j++) {
             const all = j % grid.wordsPerRow === grid.wordsPerRow - 1 ? grid.lastWordMask : -1;
             if (words[j] !== 0) empty = false;
             if (words[j] !== all) full = false;
           }
           seen[full ? "full" : empty ? "empty" : "torn"]++;
         }
         parentPort.postMessage(seen);
       });`,
      {
        eval: true,
        workerData: {
          buffer: bitmaps.buffer,
          module: new URL("placement/bitmaps/board-snapshot.js", dist).href,
        },
      },
    );
    type Seen = Record<"full" | "empty" | "torn" | "epochs", number>;
    const seen = await new Promise<Seen>((resolve, reject) => {
      let done = false;
      const whole = { x: 3, y: 5, ...size, board: null, missing: [] };
      const write = (): void => {
        for (let i = 0; i < 50 && !done; i++) {
          bitmaps.occupy(whole);
          bitmaps.release(whole);
        }
        bitmaps.occupy(whole);
        setImmediate(() => {
          bitmaps.release(whole);
          if (!done) write();
        });
      };
      worker.on("error", reject);
      worker.on("message", (message: "ready" | Seen) => {
        if (message === "ready") return write();
        done = true;
        resolve(message);
      });
    });
    await worker.terminate();
    expect(seen.torn).toBe(0);
    expect(seen.full + seen.empty).toBe(3000);
    expect(seen.epochs).toBeGreaterThan(0);
  });
});
