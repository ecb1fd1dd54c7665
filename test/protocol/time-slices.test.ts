import { expect, test } from "vitest";
import { type SliceTaker, TimeSlices } from "../../src/protocol/connection/time-slices.js";

/** Work of so many pieces; notes each turn it gets. */
function worker(turns: TimeSlices, name: string, pieces: number, log: string[]): SliceTaker {
  const taker: SliceTaker = {
    runSlice(endsAt) {
      do {
        pieces--;
      } while (pieces > 0 && performance.now() < endsAt);
      log.push(name);
      if (pieces > 0) turns.wait(taker);
    },
  };
  return taker;
}

test("everybody who waits gets a turn before anybody gets a second, and all work is done", async () => {
  // No time at all: each turn is one piece, and a round is over before it has begun.
  const turns = new TimeSlices(() => 1e-6);
  const log: string[] = [];
  for (const name of ["a", "b", "c"]) turns.wait(worker(turns, name, 4, log));
  while (log.length < 12) await new Promise((resolve) => setImmediate(resolve));
  for (let round = 0; round < 4; round++) {
    expect(new Set(log.slice(3 * round, 3 * round + 3)).size).toBe(3);
  }
});

test("one that was just read from has less time while others wait", () => {
  const turns = new TimeSlices(() => 1000);
  const alone = turns.firstSliceEnd() - performance.now();
  expect(alone).toBeGreaterThan(200);
  expect(alone).toBeLessThanOrEqual(250);
  const crowded = new TimeSlices(() => 1e-6);
  crowded.wait({ runSlice: () => undefined });
  expect(crowded.firstSliceEnd()).toBeLessThanOrEqual(performance.now());
});

test("a round serves nobody when there is nobody", async () => {
  const turns = new TimeSlices(() => 2);
  let served = 0;
  turns.wait({
    runSlice: () => {
      served++;
    },
  });
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  expect(served).toBe(1);
});
