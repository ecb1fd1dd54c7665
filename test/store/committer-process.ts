/** Runs committer.mjs, which needs the compiled dist, and reads what it says. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, expect } from "vitest";
import { openState } from "./open.js";

const COMMITTER = fileURLToPath(new URL("./committer.mjs", import.meta.url));

export interface Line {
  readonly open?: boolean;
  readonly done?: number;
  readonly closed?: number;
  readonly looked?: number;
  readonly lost?: string;
  readonly refused?: string;
  readonly message?: string;
  readonly log?: string;
}

export class Committer {
  readonly process: ChildProcess;
  readonly lines: Line[] = [];
  private wake: () => void = () => {};
  private ended = false;

  /** `before`: a command that runs it, and that it is the arguments of. */
  constructor(mode: string, directory: string, durable = "disk", before: readonly string[] = []) {
    const command = [...before, process.execPath, COMMITTER, mode, directory, durable];
    this.process = spawn(command[0]!, command.slice(1), { stdio: ["ignore", "pipe", "ignore"] });
    createInterface({ input: this.process.stdout! })
      .on("line", (line) => {
        this.lines.push(JSON.parse(line) as Line);
        this.wake();
      })
      .on("close", () => {
        this.ended = true;
        this.wake();
      });
    started.push(this);
  }

  /** The first line that passes; undefined if the process ends before. */
  async line(passes: (line: Line) => boolean): Promise<Line | undefined> {
    for (let i = 0; ; i++) {
      while (i >= this.lines.length && !this.ended) {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
      const line = this.lines[i];
      if (line === undefined || passes(line)) return line;
    }
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.process.kill(signal);
    await this.end();
  }

  /** Waits until it has ended. */
  async end(): Promise<void> {
    while (!this.ended) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** The last change set that was reported done. */
  get lastDone(): number {
    return this.lines.reduce((last, { done }) => Math.max(last, done ?? 0), 0);
  }
}

const started: Committer[] = [];

afterEach(() => {
  for (const { process } of started.splice(0)) process.kill("SIGKILL");
});

/** The jobs and counters after change set n, as committer.mjs commits them. */
export function expectedIds(n: number): number[] {
  const first = Math.max(2 * (n - 5) + 1, 1);
  return Array.from({ length: 2 * n - first + 1 }, (_, i) => first + i);
}

/** Opens the state and tells after which change set it stands; everything must fit that one. */
export async function changeSetsIn(directory: string): Promise<number> {
  const store = await openState(directory, { durable: "disk" });
  const { jobs, counters } = await store.load();
  await store.close();
  const n = (counters.nextJobId - 1) / 2;
  expect(jobs.map(({ jobId }) => jobId)).toStrictEqual(expectedIds(n));
  return n;
}
