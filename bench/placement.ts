/** How many placements a second, with their frees, on saturated machines of three sizes. */
import { BoardBitmaps } from "../src/allocation/board-bitmaps.js";
import { MachineSearch } from "../src/allocation/machine-search.js";
import { boardCount, type Size } from "../src/geometry/index.js";
import { PackTreeAllocator } from "./baseline/pack-tree-allocator.js";
import { replayThroughPool } from "./pool-replay.js";
import { type Allocator, type Replay, replay } from "./replay.js";
import type { Bench, Cell } from "./report.js";
import { readTrace, type TraceJob } from "./trace.js";

interface Case {
  readonly size: Size;
  /** How often the trace is gone through: a large machine takes long to fill. */
  readonly repeats: number;
}

const CASES: readonly Case[] = [
  { size: { width: 4, height: 2 }, repeats: 1 },
  { size: { width: 20, height: 20 }, repeats: 1 },
  { size: { width: 80, height: 50 }, repeats: 4 },
];

/** Every replay is run so often and the fastest counts: the others warmed up or were disturbed. */
const RUNS = 5;
const MOST_POOL_SECONDS = 8;

export const placement: Bench = {
  about: "placements per second with their frees, saturated, beside the Python server's pack tree",
  async run(progress) {
    const trace = readTrace(new URL("../../bench/data/mixed.csv", import.meta.url));
    const rows: Cell[][] = [];
    for (const { size, repeats } of CASES) {
      const boards = boardCount(size);
      const machine = { ...size, deadBoards: [], deadLinks: [] };
      const jobs = jobsFor(machine, trace, repeats);
      progress(`${boards} boards, ${jobs.length} jobs: pack tree`);
      const baseline = fastest(jobs, boards, () => new PackTreeAllocator(machine));
      progress(`${boards} boards: bare search`);
      const bare = fastest(jobs, boards, () => new MachineSearch(new BoardBitmaps(machine).buffer));
      progress(`${boards} boards: through the pool`);
      const pool = await replayThroughPool(jobs, size, MOST_POOL_SECONDS);
      const row = (what: string, result: Replay): Cell[] => [
        `${boards.toLocaleString("en")} boards`,
        what,
        Math.round(perSecond(result)),
        perSecond(result) / perSecond(baseline),
        result.inUse,
        result.inUse / baseline.inUse,
      ];
      rows.push(row("pack tree (baseline)", baseline));
      rows.push(row("bare search", bare));
      rows.push(row(`pool, ${pool.batches.toLocaleString("en")} batches`, pool));
    }
    return {
      name: "placement",
      notes: [
        "mixed.csv, the jobs that the machine could ever hold, first come first served, saturated.",
        "Time includes frees and the replay itself. In use: boards as asked for, as a share.",
        `Pack tree and bare search: in one thread, fastest of ${RUNS} runs.`,
        "Pool: one batch of up to 50 waiting jobs per freed job, in a worker thread, committed here.",
      ],
      columns: ["machine", "allocator", "placed/s", "× baseline", "in use", "× baseline"],
      rows,
    };
  },
};

function jobsFor(
  machine: ConstructorParameters<typeof BoardBitmaps>[0],
  trace: readonly TraceJob[],
  repeats: number,
): TraceJob[] {
  const search = new MachineSearch(new BoardBitmaps(machine).buffer);
  const baseline = new PackTreeAllocator(machine);
  const possible = trace.filter(
    ({ request }) => search.isPossible(request) && baseline.isPossible(request),
  );
  return Array.from({ length: repeats }, () => possible).flat();
}

function fastest(jobs: readonly TraceJob[], boards: number, allocator: () => Allocator): Replay {
  const runs = Array.from({ length: RUNS }, () => replay(jobs, allocator(), boards));
  return runs.reduce((best, run) => (run.seconds < best.seconds ? run : best));
}

function perSecond({ placements, seconds }: Replay): number {
  return placements / seconds;
}
