/** create_job + destroy_job per second, as durable as by default and with `--relaxed`. */
import { fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { DurabilityLoad } from "./durability-load.js";
import { Installation } from "./programs.js";
import type { Bench, Cell, Report } from "./report.js";

/** Whether the jobs get boards, and how many connections there are. */
const LOADS = [
  ["placed", 1],
  ["placed", 50],
  ["waiting", 50],
] as const;
const SECONDS = 5;

/** Median of how long this disk takes to flush one page, written anew. */
function flushMs(directory: string): number {
  const fd = openSync(join(directory, "flush"), "w");
  const page = Buffer.alloc(4096, 1);
  const times = Array.from({ length: 200 }, (_, i) => {
    writeSync(fd, page, 0, page.length, (i % 16) * page.length);
    const started = performance.now();
    fdatasyncSync(fd);
    return performance.now() - started;
  });
  return times.sort((a, b) => a - b)[times.length / 2]!;
}

async function measure(
  installation: Installation,
  flags: readonly string[],
  [jobs, connections]: (typeof LOADS)[number],
): Promise<DurabilityLoad> {
  const { port, server } = await installation.serve("--cold-start", ...flags);
  const load = await installation.run<DurabilityLoad>("durability-load", [
    port,
    connections,
    SECONDS,
    jobs,
  ]);
  await installation.stop(server);
  return load;
}

async function run(progress: (what: string) => void): Promise<Report> {
  const installation = await Installation.make();
  try {
    await installation.simulate();
    const flush = flushMs(installation.directory);
    const rows: Cell[][] = [];
    for (const load of LOADS) {
      for (const flags of [[], ["--relaxed"]]) {
        const name = flags[0] ?? "on disk (default)";
        progress(`${name}, ${load.join(" jobs, connections: ")}`);
        const { pairsPerSecond, ...ms } = await measure(installation, flags, load);
        const { createP50, createP99, destroyP50, destroyP99 } = ms;
        rows.push([
          ...[name, ...load, Math.round(pairsPerSecond)],
          ...[createP50, createP99, destroyP50, destroyP99],
        ]);
      }
    }
    return {
      name: "durability",
      notes: [
        "create_job of one board and destroy_job of it, pairs a second; each connection sends one request",
        "after the other. A server with 1200 boards, a simulator of its BMPs in which nothing takes time,",
        "and the load are processes of one machine, so that the BMPs' work is paid for here as well: placed",
        "jobs have their boards switched on and off. Waiting jobs do not: another job has all the boards.",
        `A flush of this disk takes ${flush.toFixed(2)} ms.`,
        "Python: 1,390 with 1 connection, 2,040 with 50, nothing durable. Figure to reach: 10,000 with 50.",
      ],
      columns: [
        ...["durability", "jobs", "connections", "pairs/s"],
        ...["create p50 ms", "p99", "destroy p50 ms", "p99"],
      ],
      rows,
    };
  } finally {
    installation.end();
  }
}

export const durability: Bench = {
  about: "create + destroy per second, durable and relaxed",
  run,
};
