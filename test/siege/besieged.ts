/** The server under siege: killed and started, stopped and continued, reloaded. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "../../src/client/client.js";
import { mainThreadTimes, processesNaming } from "../support/process-facts.js";
import { RunningServer } from "../support/running-server.js";
import { clientFrom } from "./connection.js";
import { CARELESS, type Carelessness, configurationSaying, SIGN } from "./machines.js";

/** How fast a disk is, and what others write to it, is not to decide. */
const IN_MEMORY = "/dev/shm";
/** What many systems allow a process. */
const OPEN_FILES = 1024;
const POWER_ON_MS = 10;
const RETRY_MS = 10;
const OUTPUT_CHARACTERS = 2000;

export class Besieged {
  /** performance.now() of the last kill. */
  killedAtMs = Number.NEGATIVE_INFINITY;

  private constructor(
    readonly running: RunningServer,
    private readonly network: string,
    private readonly pipe: string,
  ) {}

  static async start(network: string, heapMiB: number): Promise<Besieged> {
    const running = await RunningServer.start({
      configuration: configurationSaying("first", network),
      powerOnMs: POWER_ON_MS,
      openFiles: OPEN_FILES,
      within: existsSync(IN_MEMORY) ? IN_MEMORY : tmpdir(),
      nodeOptions: [`--max-old-space-size=${heapMiB}`],
    });
    const pipe = join(running.directory, "pipe");
    execFileSync("mkfifo", [pipe]);
    return new Besieged(running, network, pipe);
  }

  get pid(): number {
    return this.running.server.pid;
  }

  /** The memory that it says it needs at most, in MiB. */
  get memoryNeededMiB(): number {
    const said = /the server needs at most (\d+) MiB of memory/.exec(this.running.server.output);
    if (said === null) throw new Error("the server does not say how much memory it needs");
    return Number(said[1]);
  }

  get stateDirectory(): string {
    return join(this.running.directory, "cfg.state");
  }

  /** Clients of the siege itself, which are no attackers. */
  connect(): Promise<Client> {
    return clientFrom(`${this.network}.100.254`, this.running.port);
  }

  /** Has a file read that the server takes. */
  reload(word: string): void {
    this.running.configure(configurationSaying(word, this.network));
    this.running.server.signal("SIGHUP");
  }

  reloadUnchanged(): void {
    this.running.server.signal("SIGHUP");
  }

  reloadCarelessly(how: Carelessness): void {
    const good = configurationSaying(how, this.network);
    this.running.configure(CARELESS[how](good, this.pipe));
    this.running.server.signal("SIGHUP");
  }

  /** Whether the configuration with that word is the one that runs. */
  async says(word: string): Promise<boolean> {
    const client = await this.connect();
    try {
      const machines = await client.call("list_machines");
      return machines.some(({ name, tags }) => name === SIGN && tags.includes(word));
    } finally {
      client.close();
    }
  }

  async stopFor(ms: number): Promise<void> {
    this.running.server.signal("SIGSTOP");
    await sleep(ms);
    this.running.server.signal("SIGCONT");
  }

  /**
   * Kills it and starts it again, with a configuration that it takes, and waits until it lists its jobs.
   * Returns these, and how long that took, without the time in which it had no processor.
   */
  async killAndStart(word: string): Promise<{ jobs: ReadonlySet<number>; ms: number }> {
    this.killedAtMs = performance.now();
    await this.running.server.kill();
    this.running.configure(configurationSaying(word, this.network));
    const startedMs = performance.now();
    this.running.server = this.running.spawnServer();
    for (;;) {
      const list = await this.listOrNull();
      if (list !== null) {
        const ms = performance.now() - startedMs - mainThreadTimes(this.pid).waitedMs;
        return { jobs: new Set(list.map(({ job_id }) => job_id)), ms };
      }
      const { isRunning, output } = this.running.server;
      if (!isRunning)
        throw new Error(`the server does not start: ${output.slice(-OUTPUT_CHARACTERS)}`);
      await sleep(RETRY_MS);
    }
  }

  private async listOrNull() {
    let client: Client | null = null;
    try {
      client = await this.connect();
      return await client.call("list_jobs");
    } catch {
      // Not yet, then.
      return null;
    } finally {
      client?.close();
    }
  }

  /** Ends it all; returns what the BMPs saw, and ends what the server left running. */
  async close() {
    const violations = await this.running.close();
    const left = processesNaming(this.running.directory);
    for (const pid of left) process.kill(pid, "SIGKILL");
    return { ...violations, left: left.length };
  }
}
