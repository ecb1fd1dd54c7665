/** Commands per second and latencies through TCP, server, BMPs and load in processes of their own. */
import { BenchServer } from "./protocol/bench-server.js";
import { type Load, type Measured, startLoad } from "./protocol/load-job.js";
import type { Bench, Cell } from "./report.js";

const MACHINE = { width: 20, height: 20 };
const CONNECTIONS = [1, 50, 1000] as const;
const PIPELINE_DEPTH = 500;
/** Jobs in the lists; the second list is timed over one connection. */
const JOBS = 1000;
const MANY_JOBS = 10_000;

/** What the Python server was measured with, and what this one is to reach, by row. */
const BASELINE: { readonly [row: string]: readonly [python: string, goal: string] } = {
  "get_job_state 1": ["14,900/s", "22,350/s"],
  "get_job_state 50": ["35,900/s", "53,850/s"],
  "get_job_state, pipelined 1": ["2,300/s", "200,000/s"],
  "create → destroy 1": ["1,390/s", "–"],
  "create → destroy 50": ["2,040/s", "10,000/s"],
  "list_jobs, 1,000 jobs 1": ["5 ms", "0.2 ms"],
  "list_jobs, 10,000 jobs 1": ["122 ms", "2 ms"],
};

const request = (command: string, args: readonly unknown[] = [], kwargs: object = {}) =>
  JSON.stringify({ command, args, kwargs });
const CREATE = request("create_job", [], { owner: "bench", keepalive: null });

export const protocol: Bench = {
  about: "commands per second and latencies through TCP, over 1, 50 and 1,000 connections",
  async run(progress) {
    const rows: Cell[][] = [];
    const running = await BenchServer.start(MACHINE);
    const measure = async (
      what: string,
      connections: number,
      load: Partial<Load> & Pick<Load, "request">,
    ) => {
      progress(`${what}, ${connections} connections`);
      rows.push(await row(running, what, connections, load));
    };
    try {
      const client = await running.client();
      const jobId = await client.call("create_job", [], { owner: "bench", keepalive: null });
      const state = request("get_job_state", [jobId]);
      for (const connections of CONNECTIONS) {
        await measure("version", connections, { request: request("version") });
        await measure("get_job_state", connections, { request: state });
      }
      for (const connections of [1, 50]) {
        await measure("get_job_state, pipelined", connections, {
          request: state,
          depth: PIPELINE_DEPTH,
        });
      }
      for (const connections of CONNECTIONS) {
        await measure("create → destroy", connections, { kind: "lifecycle", request: CREATE });
      }
      const create = (count: number) =>
        Promise.all(
          Array.from({ length: count }, () =>
            client.call("create_job", [], { owner: "bench", keepalive: null }),
          ),
        );
      await create(JOBS - 1);
      for (const connections of CONNECTIONS) {
        await measure("list_jobs, 1,000 jobs", connections, { request: request("list_jobs") });
      }
      await create(MANY_JOBS - JOBS);
      await measure("list_jobs, 10,000 jobs", 1, { request: request("list_jobs") });
      client.close();
    } finally {
      await running.stop();
    }
    return {
      name: "protocol",
      notes: [
        "Each connection sends its next request when the last one is answered; answers of create_job",
        `and destroy_job are on disk. Pipelined: ${PIPELINE_DEPTH} requests in one write, two writes ahead.`,
        "A machine of 1,200 boards whose simulated BMPs take no time; load and server share the cores.",
        "Server CPU: of all its threads, for each request or pair. Load busy: share of a core that the",
        "load took. Python, goal: figures of the server before, and what this one is to reach.",
      ],
      columns: [
        ...["command", "connections", "per second", "p50 ms", "p99 ms", "p99.9 ms"],
        ...["Python", "goal", "server CPU µs", "load busy"],
      ],
      rows,
    };
  },
};

async function row(
  running: BenchServer,
  what: string,
  connections: number,
  load: Partial<Load> & Pick<Load, "request">,
): Promise<Cell[]> {
  const cpuBefore = running.cpuSeconds();
  const measured: Measured = await startLoad({
    port: running.port,
    connections,
    ...load,
  }).measured;
  const [python, goal] = BASELINE[`${what} ${connections}`] ?? ["–", "–"];
  const microseconds = ((running.cpuSeconds() - cpuBefore) / measured.operations) * 1e6;
  return [
    ...[what, connections, Math.round(measured.perSecond)],
    ...[measured.p50, measured.p99, measured.p999].map((value) => value ?? "–"),
    ...[python, goal, microseconds, measured.loadBusy],
  ];
}
