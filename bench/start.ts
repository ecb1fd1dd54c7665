/** How long the server takes to start with a full state, and how much memory it then has. */

import { loadConfiguration } from "../src/config-loading/load.js";
import { boardOfIndex } from "../src/domain/board.js";
import type { ChangeSet, JobRecord } from "../src/engine/contract/records.js";
import { openLmdbStore } from "../src/store/index.js";
import { Installation, residentBytes, TRIADS } from "./programs.js";
import type { Bench, Cell, Report } from "./report.js";

const JOBS = [0, 10_000] as const;
const RUNS = 5;

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const NONE = { put: [], delete: [] };

/** A job of one board: the first as many as there are boards run, the others wait. */
export function jobRecord(jobId: number): JobRecord {
  const boards = 3 * TRIADS.width * TRIADS.height;
  const [x, y, z] = boardOfIndex(jobId - 1, TRIADS);
  return {
    jobId,
    owner: `user${jobId % 100}@example.org`,
    startTimeS: 1_700_000_000 + jobId,
    keepaliveS: null,
    host: "127.0.0.1",
    request: {
      size: { kind: "boards", boards: 1 },
      minRatio: 0,
      maxDeadBoards: null,
      maxDeadLinks: null,
      requireTorus: false,
    },
    machine: null,
    tags: ["default"],
    argsJson: "[1]",
    kwargsJson: "{}",
    placement:
      jobId > boards
        ? null
        : {
            machineId: 1,
            allocation: {
              x,
              y,
              width: 1,
              height: 1,
              board: z === 0 ? 0 : z === 1 ? 1 : 2,
              missing: [],
            },
            power: true,
            powerPending: false,
            everReady: true,
          },
    failedPlacements: 0,
  };
}

async function fill({ configFile, stateDirectory }: Installation, jobs: number): Promise<void> {
  const { machines } = await loadConfiguration(configFile);
  const store = await openLmdbStore({
    directory: stateDirectory,
    durable: "relaxed",
    log: SILENT,
    onLost: (reason) => {
      throw reason;
    },
  });
  const changes: ChangeSet = {
    jobs: { put: Array.from({ length: jobs }, (_, i) => jobRecord(i + 1)), delete: [] },
    endedJobs: NONE,
    cooldowns: NONE,
    quarantine: NONE,
    machines: { put: [{ machineId: 1, priority: 0, description: machines[0]! }], delete: [] },
    counters: { nextJobId: jobs + 1, nextMachineId: 2, nextCooldownId: 1 },
  };
  await new Promise<void>((resolve) => store.commit(changes, resolve));
  await store.close();
}

async function run(progress: (what: string) => void): Promise<Report> {
  const rows: Cell[][] = [];
  for (const jobs of JOBS) {
    const installation = await Installation.make();
    try {
      await installation.simulate();
      await fill(installation, jobs);
      const times: number[] = [];
      let megabytes = 0;
      for (let i = 0; i < RUNS; i++) {
        progress(`${jobs} jobs, start ${i + 1} of ${RUNS}`);
        const started = performance.now();
        const { server } = await installation.serve();
        times.push(performance.now() - started);
        megabytes = residentBytes(server) / 2 ** 20;
        // As after a crash: nothing is written in between, and each start finds the same.
        await installation.kill(server);
      }
      times.sort((a, b) => a - b);
      const running = Math.min(jobs, 3 * TRIADS.width * TRIADS.height);
      rows.push([jobs, running, times[0]!, times[RUNS >> 1]!, Math.round(megabytes)]);
    } finally {
      installation.end();
    }
  }
  return {
    name: "start",
    notes: [
      "From spawning the server to its first client being served, on a machine of 1200 boards, after kill -9;",
      `fastest and median of ${RUNS} starts. Jobs are of one board; as many as there are boards run. Memory`,
      "is the resident memory of the process at that moment. Figures to reach: with 10,000 jobs under a",
      "second, with none 0.6 s and 150 MB. Python: 0.5 s and 40 MB with none.",
    ],
    columns: ["jobs", "running", "fastest ms", "median ms", "MB"],
    rows,
  };
}

export const start: Bench = { about: "start with 10,000 jobs in the state: time and memory", run };
