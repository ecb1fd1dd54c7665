/**
 * Half of the BMPs answer and refuse every power-on. Fails when a job did not become ready, a client saw
 * an error, or the median time to ready was more than 1.5 times as long as without faults. Jobs come one
 * after the other, no more than half of the machine can serve: what is measured is what the refusals cost,
 * and not that there are half as many boards.
 */
import type { Bench, Cell } from "../report.js";
import { percentile } from "./jobs.js";
import { JOBS, type ManyJobs, manyJobs } from "./many-jobs.js";

const MOST_TIMES_WELL = 1.5;
const EVERY_MS = 50;

export const refusals: Bench = {
  about: "500 jobs on 1200 boards while every other BMP refuses every power-on",
  async run(progress) {
    const problems: string[] = [];
    progress(`${JOBS} jobs, one every ${EVERY_MS} ms, no faults`);
    const well = await manyJobs([], problems, { everyMs: EVERY_MS });
    progress(`${JOBS} jobs, every other BMP refuses every power-on`);
    const refused = await manyJobs([], problems, { everyMs: EVERY_MS, isRefusing: true });
    const median = ({ run }: ManyJobs) => percentile(run.readyMs, 0.5);
    const ratio = median(refused) / median(well);
    if (refused.run.readyMs.length < JOBS) problems.push("not every job became ready");
    if (!(ratio <= MOST_TIMES_WELL)) {
      problems.push(`the median time to ready is ${ratio.toFixed(2)} times that without faults`);
    }
    for (const problem of problems) progress(problem);
    if (problems.length > 0) process.exitCode = 1;
    return {
      name: "refusals",
      notes: [
        `The jobs of the benchmark faults, one every ${EVERY_MS} ms, so that half of the boards can serve them.`,
        problems.length === 0
          ? "No client saw an error; no board of another frame is in quarantine."
          : `FAILED: ${problems.length} problems, the first: ${problems[0]}`,
      ],
      columns: ["", "no faults", "refusing"],
      rows: jobRows([well, refused]),
    };
  },
};

/** What became of the jobs, a column for each run. */
export function jobRows(runs: readonly ManyJobs[]): Cell[][] {
  const seconds = (ms: number) => Math.round(ms) / 1000;
  const row = (name: string, of: (run: ManyJobs) => number) => [name, ...runs.map(of)];
  const ready = (share: number) => (run: ManyJobs) => seconds(percentile(run.run.readyMs, share));
  return [
    row("jobs ready", ({ run }) => run.readyMs.length),
    row("errors seen by clients", ({ run }) => run.errors.length),
    row("s to ready, median", ready(0.5)),
    row("s to ready, 90 %", ready(0.9)),
    row("s to ready, last", ready(1)),
    row("bad boards", ({ bad }) => bad),
    row("boards in quarantine", ({ quarantined }) => quarantined),
    row("packets to the BMPs", ({ received }) => received),
  ];
}
