import { describe, expect, it } from "vitest";
import { PackTreeAllocator } from "../../bench/baseline/pack-tree-allocator.js";
import { baselineScheduler, replayPacking, serverScheduler } from "../../bench/packing-replay.js";
import { replay } from "../../bench/replay.js";
import { readTrace } from "../../bench/trace.js";
import { Configuration } from "../../src/config/configuration.js";
import { BoardBitmaps } from "../../src/placement/bitmaps/board-bitmaps.js";
import { MachineSearch } from "../../src/placement/search/machine-search.js";

/** Where the configuration says nothing. */
const DEFAULTS = new Configuration({ machines: [] });

const machine = { width: 20, height: 20, deadBoards: [], deadLinks: [] };
const jobs = readTrace(new URL("../../bench/data/mixed.csv", import.meta.url));

describe("the mixed trace, replayed first come first served on 1,200 boards", () => {
  it("keeps as many boards in use with the baseline as was measured with the Python server", () => {
    const { inUse, placements } = replay(jobs, new PackTreeAllocator(machine), 1200);
    expect(placements).toBe(8000);
    expect(inUse).toBeCloseTo(0.507, 2);
  });

  it("keeps more in use with the complete search", () => {
    const search = new MachineSearch(new BoardBitmaps(machine).buffer);
    expect(replay(jobs, search, 1200).inUse).toBeGreaterThan(0.6);
  });
});

describe("failure Q16: a quarter of the mixed trace, fifty jobs always waiting for 1,200 boards", () => {
  it("does not leave half of the boards idle behind the head of the queue, as the pack tree does", () => {
    const some = jobs.slice(0, 2000);
    const baseline = replayPacking(some, baselineScheduler(machine), 1200).asked;
    const server = replayPacking(some, serverScheduler(machine, DEFAULTS), 1200).asked;
    expect(baseline).toBeLessThan(0.55);
    expect(server).toBeGreaterThan(1.3 * baseline);
  });
});
