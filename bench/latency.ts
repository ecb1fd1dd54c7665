/** How long one client waits for `version` while others keep the server and its search pool busy. */
import type { Size } from "../src/domain/board.js";
import { ELSEWHERE } from "./programs.js";
import { BenchServer, type Dead } from "./protocol/bench-server.js";
import { type Load, type RunningLoad, startLoad } from "./protocol/load-job.js";
import type { Bench, Cell } from "./report.js";

const VERSION = JSON.stringify({ command: "version" });
/** The client asks this often: it looks at the server without being a load. */
const PAUSE_MS = 2;
const MEASURE_MS = 10_000;
/** Time for the others to fill the machine and its queue. */
const SETTLE_MS = 3000;
const PYTHON_P99 = "17 ms";

interface Case {
  readonly what: string;
  readonly machine: Size;
  readonly dead?: Dead;
  /** What the others do. */
  readonly others: (Partial<Load> & Pick<Load, "request" | "connections">) | null;
}

const SMALL = { width: 20, height: 20 };
const LARGE = { width: 100, height: 100 };
const OWNER = { owner: "bench", keepalive: null };

const CASES: readonly Case[] = [
  { what: "none", machine: SMALL, others: null },
  // Few clients: the pool works all the time, the main thread hardly.
  poolBusy(8),
  poolBusy(200),
  {
    what: "200, single boards",
    machine: SMALL,
    others: { kind: "lifecycle", connections: 200, request: create([1]) },
  },
  {
    what: "300, flooding",
    machine: SMALL,
    others: { connections: 300, request: VERSION, depth: 500 },
  },
];

/** Jobs that fit nowhere, and no two alike: each takes a search of the whole machine, and no board. */
function poolBusy(connections: number): Case {
  const ratio = { max_dead_boards: 0, max_dead_links: 0, min_ratio: "0.{n}" };
  return {
    what: `${connections}, pool busy`,
    machine: LARGE,
    dead: { boardEvery: 7, linkEvery: 53 },
    others: {
      kind: "lifecycle",
      connections,
      request: create([900], ratio).replace('"0.{n}"', "0.{n}"),
    },
  };
}

function create(args: readonly number[], kwargs: object = {}): string {
  return JSON.stringify({ command: "create_job", args, kwargs: { ...OWNER, ...kwargs } });
}

export const latency: Bench = {
  about:
    "how long version takes while others keep the search pool busy, create and destroy, or flood",
  async run(progress) {
    const rows: Cell[][] = [];
    for (const one of CASES) {
      progress(one.what);
      rows.push(await measure(one));
    }
    const idle = rows[0]?.[3];
    for (const row of rows) row.push(ratio(row[3], idle));
    return {
      name: "latency",
      notes: [
        `One client asks for version every ${PAUSE_MS} ms. The others, all in another process, create`,
        "a job and destroy it again, each as fast as it is answered. Pool busy: jobs that fit nowhere",
        "on 30,000 boards of which a seventh is dead, so that each takes a long search and no BMP.",
        "Single boards: on 1,200 boards, so that BMPs, their simulator and the disk are busy as well.",
        "Flooding: version, 500 at a time and 500 ahead, on each connection.",
        `Python, every core busy placing: p99 ${PYTHON_P99}. Goal: under 10 ms so, and no more than`,
        "twice the idle one's when the pool alone is busy.",
      ],
      columns: ["others", "done by them/s", "p50 ms", "p99 ms", "p99.9 ms", "p99 × idle"],
      rows,
    };
  },
};

async function measure({ what, machine, dead, others }: Case): Promise<Cell[]> {
  const running = await BenchServer.start(machine, dead);
  let load: RunningLoad | null = null;
  try {
    if (others !== null) {
      const times = { warmUpMs: SETTLE_MS, measureMs: MEASURE_MS };
      const niceness = ELSEWHERE.clients;
      load = startLoad({ port: running.port, niceness, ...times, ...others });
    }
    const watcher = startLoad({
      port: running.port,
      request: VERSION,
      pauseMs: PAUSE_MS,
      warmUpMs: SETTLE_MS,
      measureMs: MEASURE_MS,
    });
    const { p50, p99, p999 } = await watcher.measured;
    const done = load === null ? 0 : Math.round((await load.measured).perSecond);
    return [what, done, p50 ?? "–", p99 ?? "–", p999 ?? "–"];
  } finally {
    load?.stop();
    await running.stop();
  }
}

function ratio(value: Cell | undefined, base: Cell | undefined): Cell {
  return typeof value === "number" && typeof base === "number" ? value / base : "–";
}
