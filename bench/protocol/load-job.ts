/** What the process of load.ts is told to do, what it tells, and how to run it. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Percentiles } from "./percentiles.js";

export interface Load {
  readonly port: number;
  /** "lifecycle" destroys the job that each request created. */
  readonly kind: "request" | "lifecycle";
  /** The line, without its newline. */
  readonly request: string;
  readonly connections: number;
  /** Requests that are sent at once; their latencies are not measured if they are more than one. */
  readonly depth: number;
  /** Between an answer and the next request of its connection. */
  readonly pauseMs: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

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

export function startLoad(load: Load): RunningLoad {
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
