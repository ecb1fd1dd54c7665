import { describe, expect, it } from "vitest";
import { PackTreeAllocator } from "../../bench/baseline/pack-tree-allocator.js";
import { replay } from "../../bench/replay.js";
import { readTrace } from "../../bench/trace.js";
import { BoardBitmaps } from "../../src/allocation/board-bitmaps.js";
import { MachineSearch } from "../../src/allocation/machine-search.js";

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
