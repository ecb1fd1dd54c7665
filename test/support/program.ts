/** Programs of this package as real processes, with what they print. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { residentBytes } from "./process-facts.js";

const PROGRAMS = fileURLToPath(new URL("../../dist/src/cli/", import.meta.url));

export type Program = "spalloc-server" | "spalloc-bmp-simulator" | "demo";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class RunningProgram {
  private readonly child: ChildProcess;
  private text = "";
  private watchers: (() => void)[] = [];
  private end: Ended | null = null;

  /**
   * `programs`: the folder of the programs, for a package at another place. `openFiles`: how many
   * files the system lets it open. `nodeOptions`: of Node itself.
   */
  constructor(
    program: Program,
    args: readonly string[],
    {
      programs = PROGRAMS,
      openFiles,
      nodeOptions = [],
      ...options
    }: {
      cwd?: string;
      env?: NodeJS.ProcessEnv;
      programs?: string;
      openFiles?: number;
      nodeOptions?: readonly string[];
    } = {},
  ) {
    const command = [process.execPath, ...nodeOptions, `${programs}${program}.js`, ...args];
    const limited = ["sh", "-c", `ulimit -n ${openFiles} && exec "$0" "$@"`, ...command];
    const [file, ...rest] = openFiles === undefined ? command : limited;
    this.child = spawn(file!, rest, {
      stdio: ["ignore", "pipe", "pipe"],
      ...options,
    });
    const read = (chunk: Buffer) => {
      this.text += chunk.toString();
      this.wake();
    };
    this.child.stdout!.on("data", read);
    this.child.stderr!.on("data", read);
    this.child.on("close", (code, signal) => {
      this.end = { code, signal };
      this.wake();
    });
  }

  /** All it has printed, on both outputs. */
  get output(): string {
    return this.text;
  }

  /** Memory that it has in use now, in bytes, as Linux tells. */
  get residentBytes(): number {
    return residentBytes(this.pid);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error("the program could not be started");
    return this.child.pid;
  }

  get isRunning(): boolean {
    return this.end === null;
  }

  /** Waits until it has printed the text; an end without it is an error. */
  async printed(text: string): Promise<void> {
    while (!this.text.includes(text)) {
      if (this.end) throw new Error(`ended without printing "${text}", but:\n${this.text}`);
      await this.change();
    }
  }

  async ended(): Promise<Ended> {
    while (this.end === null) await this.change();
    return this.end;
  }

  /** Sends a signal; it is one of ours, and it is running. */
  signal(signal: NodeJS.Signals): void {
    if (this.end === null) this.child.kill(signal);
  }

  /** Reads nothing any more of what it prints. */
  stopReading(): void {
    this.child.stdout!.pause();
    this.child.stderr!.pause();
  }

  readAgain(): void {
    this.child.stdout!.resume();
    this.child.stderr!.resume();
  }

  /** Closes the pipes that it prints to. */
  hangUp(): void {
    this.child.stdout!.destroy();
    this.child.stderr!.destroy();
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.watchers.push(resolve));
  }

  private wake(): void {
    const watchers = this.watchers;
    this.watchers = [];
    for (const wake of watchers) wake();
  }
}
