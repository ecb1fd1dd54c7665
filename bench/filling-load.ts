/**
 * The load of bench/filling.ts, as a process of its own: clients that each create jobs of a trace, one
 * request after the other, until all boards of the machine are asked for. Arguments: port, clients,
 * boards.
 */
import { type Client, connect } from "../src/client/index.js";
import { readTrace } from "./trace.js";

export interface FillingLoad {
  /** Milliseconds since 1970: the first request, the last answer. */
  readonly began: number;
  readonly ended: number;
  readonly jobs: number;
  /** Share of the machine's boards that jobs with boards asked for, when the last answer was there. */
  readonly placed: number;
}

interface Job {
  readonly id: number;
  readonly boards: number;
}

const now = () => performance.timeOrigin + performance.now();
const [port, clients, boards] = process.argv.slice(2).map(Number) as [number, number, number];
const trace = readTrace(new URL("../../bench/data/mixed.csv", import.meta.url));
let next = 0;
let asked = 0;

async function fill(client: Client): Promise<Job[]> {
  const jobs: Job[] = [];
  while (asked < boards) {
    const { boards: wanted, request } = trace[next++ % trace.length]!;
    asked += wanted;
    const id = await client.call("create_job", [wanted], {
      owner: "bench",
      keepalive: null,
      min_ratio: request.minRatio,
      max_dead_boards: request.maxDeadBoards,
    });
    jobs.push({ id, boards: wanted });
  }
  return jobs;
}

const connections = await Promise.all(
  Array.from({ length: clients }, () => connect("127.0.0.1", port)),
);
const began = now();
const jobs = (await Promise.all(connections.map(fill))).flat();
const ended = now();
const listed = await connections[0]!.call("list_jobs");
const isPlaced = new Map(
  listed.map(({ job_id, allocated_machine_name }) => [job_id, allocated_machine_name !== null]),
);
const placed = jobs.reduce((sum, job) => sum + (isPlaced.get(job.id) ? job.boards : 0), 0);
process.send!(
  { began, ended, jobs: jobs.length, placed: placed / boards } satisfies FillingLoad,
  () => process.exit(0),
);
