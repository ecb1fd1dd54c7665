/** What the process of load.ts is told to do, what it tells, and how to run it. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Percentiles } from "./percentiles.js";

export interface Load {
  readonly port: number;
  /** "lifecycle" destroys the job that each request created. */
  readonly kind: "request" | "lifecycle";
  /** The line, without its newline. Where it holds `{n}`, that is another number in each line. */
  readonly request: string;
  readonly connections: number;
  /** Requests that are sent at once; their latencies are not measured if they are more than one. */
  readonly depth: number;
  /** Between an answer and the next request of its connection. */
  readonly pauseMs: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Of the process; above 0 for clients that must not take the cores from what is measured. */
  readonly niceness: number;
  /** Connections of the same process that do nothing. */
  readonly idleConnections: number;
}

const DEFAULTS = {
  kind: "request",
  connections: 1,
  depth: 1,
  pauseMs: 0,
  warmUpMs: 1000,
  measureMs: 3000,
  niceness: 0,
  idleConnections: 0,
} as const;

export interface Measured extends Percentiles {
  readonly perSecond: number;
  /** All that were answered, while it warmed up as well. */
  readonly operations: number;
  /** Share of one core that the load itself took. */
  readonly loadBusy: number;
}

const PROGRAM = fileURLToPath(new URL("./load.js", import.meta.url));

export interface RunningLoad {
  readonly measured: Promise<Measured>;
  stop(): void;
}

/** Starts a load; what is left out is one connection that asks as fast as it is answered. */
export function startLoad(given: Partial<Load> & Pick<Load, "port" | "request">): RunningLoad {
  const load: Load = { ...DEFAULTS, ...given };
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(load)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const measured = new Promise<Measured>((resolve, reject) => {
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve(JSON.parse(output) as Measured);
      else reject(new Error(`the load ended with ${signal ?? code}`));
    });
  });
  return { measured, stop: () => void child.kill() };
}
