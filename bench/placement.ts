/** How many placements a second, with their frees, on saturated machines of four sizes. */
import { boardCount, type Size } from "../src/domain/board.js";
import { BoardBitmaps } from "../src/placement/bitmaps/board-bitmaps.js";
import { MachineSearch } from "../src/placement/search/machine-search.js";
import { PackTreeAllocator } from "./baseline/pack-tree-allocator.js";
import { costBySize, SIZE_CLASSES } from "./placement-cost.js";
import { type PoolReplay, replayThroughPool } from "./pool-replay.js";
import { type Allocator, type Replay, replay } from "./replay.js";
import type { Bench, Cell } from "./report.js";
import { readTrace, type TraceJob } from "./trace.js";

interface Case {
  readonly size: Size;
  /** How often the trace is gone through: a large machine takes long to fill. */
  readonly repeats: number;
  /** Placements a second of the Python server on a machine of two cores; null where not measured. */
  readonly python: number | null;
}

const CASES: readonly Case[] = [
  { size: { width: 4, height: 2 }, repeats: 1, python: null },
  { size: { width: 20, height: 20 }, repeats: 2, python: 1450 },
  { size: { width: 80, height: 50 }, repeats: 4, python: 1000 },
  { size: { width: 200, height: 200 }, repeats: 10, python: 600 },
];

/** Every replay is run so often and the fastest counts: the others warmed up or were disturbed. */
const RUNS = 5;
const MOST_POOL_SECONDS = 4;
/** Share of the running jobs that ends with each batch, when they come and go as fast as can be. */
const ENDS_AT_ONCE = 0.1;
/** The growth of the cost is from this size on to the largest; the small one fits a cache line. */
const GROWTH_FROM_BOARDS = 1200;

export const placement: Bench = {
  about: "placements per second with their frees, saturated, beside the Python server's pack tree",
  async run(progress) {
    const trace = readTrace(new URL("../../bench/data/mixed.csv", import.meta.url));
    const rows: Cell[][] = [];
    const growth: { readonly boards: number; readonly costs: number[] }[] = [];
    for (const { size, repeats, python } of CASES) {
      const boards = boardCount(size);
      const machine = { ...size, deadBoards: [], deadLinks: [] };
      const jobs = jobsFor(machine, trace, repeats);
      const search = () => new MachineSearch(new BoardBitmaps(machine).buffer);
      progress(`${boards} boards, ${jobs.length} jobs: pack tree`);
      const baseline = fastest(jobs, boards, () => new PackTreeAllocator(machine));
      progress(`${boards} boards: bare search`);
      const bare = fastest(jobs, boards, search);
      const costs = cheapest(jobs, boards, search);
      if (boards >= GROWTH_FROM_BOARDS) growth.push({ boards, costs });
      const row = (what: string, result: Replay, costs: readonly Cell[]): Cell[] => [
        `${boards.toLocaleString("en")} boards`,
        what,
        Math.round(perSecond(result)),
        perSecond(result) / perSecond(baseline),
        python === null ? "" : perSecond(result) / python,
        result.inUse,
        result.inUse / baseline.inUse,
        ...costs.map((cost) => (cost === Number.POSITIVE_INFINITY ? "" : cost)),
      ];
      rows.push(row("pack tree (baseline)", baseline, NO_COSTS));
      rows.push(row("bare search", bare, costs));
      for (const ends of [0, ENDS_AT_ONCE]) {
        const what = ends === 0 ? "1 job ends a batch" : `${ends * 100} % end a batch`;
        progress(`${boards} boards: through the pool, ${what}`);
        const pool = await replayThroughPool(jobs, size, ends, MOST_POOL_SECONDS);
        rows.push(row(describePool(pool, what), pool, NO_COSTS));
      }
    }
    const [first, last] = [growth[0]!, growth.at(-1)!];
    const times = last.costs.map((cost, index) => cost / first.costs[index]!);
    rows.push([
      `${first.boards.toLocaleString("en")} → ${last.boards.toLocaleString("en")}`,
      "bare search, cost × ",
      "",
      "",
      "",
      "",
      "",
      ...times,
    ]);
    return {
      name: "placement",
      notes: [
        "mixed.csv, the jobs that the machine could ever hold, first come first served, saturated.",
        "Time includes frees and the replay itself. In use: boards as asked for, as a share.",
        `Pack tree and bare search: in one thread, fastest of ${RUNS} runs.`,
        "Pool: batches of up to 50 waiting jobs in a worker thread, committed here; a batch for each",
        `job that ends, or for each ${ENDS_AT_ONCE * 100} % of those running, as when many end during a batch.`,
        "Python: 1,450, 1,000 and 600 placements a second, measured once on two cores.",
        "Last columns: µs for one job, its attempts and its free, by boards asked for; and how many",
        `times as much on the largest machine. √ of the boards is ${Math.sqrt(last.boards / first.boards)} ×.`,
      ],
      columns: [
        "machine",
        "allocator",
        "placed/s",
        "× baseline",
        "× Python",
        "in use",
        "× baseline",
        ...SIZE_CLASSES.map((most) => (most === 1 ? "µs: 1 board" : `≤ ${most}`)),
      ],
      rows,
    };
  },
};

const NO_COSTS: readonly Cell[] = SIZE_CLASSES.map(() => "");

function describePool({ batches }: PoolReplay, what: string): string {
  return `pool, ${what} (${batches.toLocaleString("en")})`;
}

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

/** By class, the least of all runs. */
function cheapest(jobs: readonly TraceJob[], boards: number, allocator: () => Allocator): number[] {
  const runs = Array.from({ length: RUNS }, () => costBySize(jobs, boards, allocator()));
  return SIZE_CLASSES.map((_, index) => Math.min(...runs.map((run) => run[index]!)));
}

function perSecond({ placements, seconds }: Replay): number {
  return placements / seconds;
}
