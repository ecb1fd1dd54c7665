/**
 * A running of its own for a test: a directory with a configuration, a simulator of its BMPs and a
 * server, both as processes. Its ports are its own; the addresses are those of the configuration.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BoardState, SimulatorState } from "../../src/simulator/state.js";
import { Client } from "../end-to-end/client.js";
import { freePort } from "./loopback.js";
import { RunningProgram } from "./program.js";

export interface RunningServerOptions {
  /** Text of the configuration file; the API is there as globals. */
  readonly configuration: string;
  readonly powerOnMs?: number;
  /** What is wrong with the BMPs from the beginning; see docs/reference/simulator.md. */
  readonly faults?: readonly object[];
  /** How many files the system lets the server open. */
  readonly openFiles?: number;
  /** Of Node itself, for the server. */
  readonly nodeOptions?: readonly string[];
  /** Folder in which its directory is made; by default that of the system for temporary files. */
  readonly within?: string;
}

export class RunningServer {
  readonly directory: string;
  readonly configFile: string;
  port = 0;
  server!: RunningProgram;
  private simulator!: RunningProgram;
  private controlPort = 0;
  private clients: Client[] = [];

  private constructor(private readonly options: RunningServerOptions) {
    this.directory = mkdtempSync(join(options.within ?? tmpdir(), "spalloc-test-"));
    this.configFile = join(this.directory, "cfg.ts");
  }

  static async start(options: RunningServerOptions): Promise<RunningServer> {
    const running = new RunningServer(options);
    running.configure(options.configuration);
    running.port = await freePort();
    running.controlPort = await freePort();
    running.simulator = new RunningProgram("spalloc-bmp-simulator", [
      ...["--power-on-ms", String(options.powerOnMs ?? 20), "--reply-ms", "0"],
      ...["--control-port", String(running.controlPort), running.configFile],
    ]);
    try {
      await running.simulator.printed("simulating");
      if (options.faults) await running.misbehave(...options.faults);
      await running.startServer();
    } catch (error) {
      await running.server?.kill();
      await running.simulator.kill();
      throw error;
    }
    return running;
  }

  configure(text: string): void {
    writeFileSync(this.configFile, text);
  }

  async startServer(...flags: string[]): Promise<void> {
    this.server = this.spawnServer(...flags);
    await this.server.printed("serving on");
  }

  spawnServer(...flags: string[]): RunningProgram {
    const port = ["--port", String(this.port)];
    const { openFiles, nodeOptions = [] } = this.options;
    return new RunningProgram("spalloc-server", [...port, ...flags, this.configFile], {
      ...(openFiles !== undefined && { openFiles }),
      nodeOptions,
    });
  }

  /** Changes the file, has the server read it, and waits until it says what came of it. */
  async reload(text: string): Promise<void> {
    this.configure(text);
    const said = this.server.output.length;
    this.simulator.signal("SIGHUP");
    await this.simulator.printed("configuration reloaded").catch(() => {});
    this.server.signal("SIGHUP");
    while (!/was reloaded|reload failed/.test(this.server.output.slice(said))) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async client(): Promise<Client> {
    const client = await Client.open(this.port);
    this.clients.push(client);
    return client;
  }

  async simulated(): Promise<SimulatorState> {
    const response = await fetch(`http://127.0.0.1:${this.controlPort}/state`);
    return (await response.json()) as SimulatorState;
  }

  /** Has the simulator misbehave; see docs/reference/simulator.md. */
  async misbehave(...orders: readonly object[]): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${this.controlPort}/faults`, {
      method: "POST",
      body: JSON.stringify(orders),
    });
    if (!response.ok) throw new Error(await response.text());
  }

  /** Boards that are on, in the simulator's eyes. */
  async powered(): Promise<BoardState[]> {
    const { bmps } = await this.simulated();
    return bmps.flatMap(({ boards }) => boards).filter(({ powered }) => powered);
  }

  /** Waits until so many boards are on. */
  async poweredBecomes(count: number): Promise<void> {
    while ((await this.powered()).length !== count) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Ends all processes, and keeps the directory. Returns what the BMPs saw. */
  async close(): Promise<SimulatorState["violations"]> {
    for (const client of this.clients) client.close();
    try {
      return (await this.simulated()).violations;
    } finally {
      await this.server.kill();
      await this.simulator.kill();
    }
  }

  forget(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Ends everything. @throws Error when a BMP ever saw two requests at once, or a board powered on too soon. */
  async end(): Promise<void> {
    const violations = await this.close();
    this.forget();
    if (violations.overlaps > 0) throw new Error(`${violations.overlaps} overlapping requests`);
    if (violations.pauses > 0) throw new Error(`${violations.pauses} boards powered on too soon`);
  }
}

/** Text of a configuration with the fields given, short times, and these machines. */
export function configurationText(machines: readonly string[], fields = ""): string {
  return `export default new Configuration({
    ip: "127.0.0.1", secondsBeforeFree: 0, secondsToSettle: 0.05, secondsBeforeRetry: 0.1,
    secondsToPowerOn: 2, secondsToReply: 0.5,
    timeoutCheckInterval: 0.1, ${fields}
    machines: [${machines.join(",\n")}],
  });\n`;
}

/** Text of a machine of whole triads, boards numbered along x, then y, then z. */
export function machineText(
  name: string,
  {
    width = 1,
    height = 1,
    baseIp,
    more = "",
  }: {
    width?: number;
    height?: number;
    baseIp: string;
    more?: string;
  },
): string {
  return `Machine.withStandardIps({
    name: "${name}", width: ${width}, height: ${height}, baseIp: "${baseIp}",
    boardLocations: Array.from({ length: ${3 * width * height} }, (_, i) => [
      [Math.floor(i / ${3 * height}), Math.floor(i / 3) % ${height}, i % 3],
      [Math.floor(i / 120), Math.floor(i / 24) % 5, i % 24],
    ]), ${more}
  })`;
}

/** Text of a machine m of two frames of 24 boards, whose BMPs are at addresses 0 and 1 of a network, "a.b.c". */
export function twoFrameMachineText(network: string): string {
  return `Machine.withStandardIps({
    name: "m", width: 8, height: 2, baseIp: "${network}.0", frameStride: "0.0.0.1",
    boardStride: "0.0.1.0", spinnakerOffset: "0.0.0.2",
    boardLocations: Array.from({ length: 48 }, (_, i) => [
      [Math.floor(i / 6), Math.floor(i / 3) % 2, i % 3], [0, Math.floor(i / 24), i % 24],
    ]),
  })`;
}
