/**
 * Half of the BMPs answer and refuse every power-on. Fails when a job did not become ready, a client saw
 * an error, or the median time to ready was more than 1.5 times as long as without faults.
 */
import type { Bench, Cell } from "../report.js";
import { percentile } from "./jobs.js";
import { JOBS, type ManyJobs, manyJobs } from "./many-jobs.js";

const MOST_TIMES_WELL = 1.5;

export const refusals: Bench = {
  about: "500 jobs on 1200 boards while every other BMP refuses every power-on",
  async run(progress) {
    const problems: string[] = [];
    progress(`${JOBS} jobs, no faults`);
    const well = await manyJobs([], problems);
    const refused = await refusing(well, problems, progress);
    for (const problem of problems) progress(problem);
    if (problems.length > 0) process.exitCode = 1;
    return {
      name: "refusals",
      notes: [
        "As the first and last column of the benchmark faults.",
        problems.length === 0
          ? "No client saw an error; no well board is in quarantine."
          : `FAILED: ${problems.length} problems, the first: ${problems[0]}`,
      ],
      columns: ["", "no faults", "refusing"],
      rows: jobRows([well, refused]),
    };
  },
};

/** The jobs with every other BMP refusing, held against those without faults. */
export async function refusing(
  well: ManyJobs,
  problems: string[],
  progress: (what: string) => void,
): Promise<ManyJobs> {
  progress(`${JOBS} jobs, every other BMP refuses every power-on`);
  const refused = await manyJobs([], problems, true);
  const median = ({ run }: ManyJobs) => percentile(run.readyMs, 0.5);
  const ratio = median(refused) / median(well);
  if (refused.run.readyMs.length < JOBS) problems.push("not every job became ready");
  if (!(ratio <= MOST_TIMES_WELL)) {
    problems.push(`the median time to ready is ${ratio.toFixed(2)} times that without faults`);
  }
  return refused;
}

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
