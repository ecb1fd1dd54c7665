/** Looks at the server from outside: its memory, its log, whether it runs, what the system had to do. */
import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { mainThreadTimes } from "../support/process-facts.js";
import { RunningProgram } from "../support/program.js";
import type { Besieged } from "./besieged.js";
import type { Judge } from "./judge.js";

const LOOK_EVERY_MS = 100;
const INSPECT_EVERY_MS = 15_000;
const MIB = 1024 * 1024;
/** What only a defect of the server brings into its log. A reload that fails is the careless operator's doing. */
const TROUBLE = /"severity":[0-3]|because of a defect|[Uu]nhandled|^\s+at /;
const EXPECTED = /"msg":"reload failed;/;
const MOST_LINES = 5;

export class Watch {
  memoryMiB = 0;
  load = 0;
  /** Of the servers before the running one. */
  private waitedBeforeMs = 0;
  private waitedMs = 0;

  constructor(
    private readonly besieged: Besieged,
    private readonly judge: Judge,
    readonly memoryLimitMiB: number,
  ) {}

  get waitedForProcessorMs(): number {
    return Math.round(this.waitedBeforeMs + this.waitedMs);
  }

  /** @throws Error when the server ends by itself */
  async look(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const { server } = this.besieged.running;
      if (!server.isRunning && !this.judge.interruptions.isOpen) {
        throw new Error(`the server ended by itself: ${server.output.slice(-3000)}`);
      }
      if (server.isRunning) this.measure(server.pid);
      await sleep(LOOK_EVERY_MS);
    }
  }

  private measure(pid: number): void {
    const memoryMiB = this.besieged.running.server.residentBytes / MIB;
    if (memoryMiB > this.memoryLimitMiB && this.memoryMiB <= this.memoryLimitMiB) {
      const [is, most] = [Math.round(memoryMiB), this.memoryLimitMiB];
      this.judge.violation(`the server takes ${is} MiB of memory, the limit is ${most} MiB`);
    }
    this.memoryMiB = Math.max(this.memoryMiB, Math.round(memoryMiB));
    this.load = Math.max(this.load, loadavg()[0]!);
    this.waitedMs = mainThreadTimes(pid).waitedMs;
  }

  /** Of a server that is about to be killed or ended. */
  checkLog(): void {
    this.waitedBeforeMs += this.waitedMs;
    this.waitedMs = 0;
    const lines = this.besieged.running.server.output.split("\n");
    const trouble = lines.filter((line) => TROUBLE.test(line) && !EXPECTED.test(line));
    for (const line of trouble.slice(0, MOST_LINES)) this.judge.violation(`in the log: ${line}`);
  }

  /** An operator's other way to look, from a process of its own. */
  async inspect(isOver: () => boolean): Promise<void> {
    let nextMs = performance.now();
    while (!isOver()) {
      await sleep(LOOK_EVERY_MS);
      if (performance.now() < nextMs || this.judge.interruptions.isOpen) continue;
      nextMs = performance.now() + INSPECT_EVERY_MS;
      const began = performance.now();
      const args = ["state", "inspect", "--json", this.besieged.stateDirectory];
      const program = new RunningProgram("spalloc-server", args);
      const { code } = await program.ended();
      if (code === 0 || this.judge.interruptions.touches(began, performance.now())) continue;
      this.judge.violation(`state inspect ends with ${code}: ${program.output.slice(-1000)}`);
    }
  }
}
