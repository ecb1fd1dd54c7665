/** The running under torture: a simulator that lives on, and a server that is killed. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PacketEntry } from "../../src/simulator/packet-log.js";
import type { SimulatorState } from "../../src/simulator/state.js";
import { freePort, ownNetwork } from "../support/loopback.js";
import { RunningProgram } from "../support/program.js";
import { configurationText, machineText } from "../support/running-server.js";
import { type Step, stepsAt } from "./steps.js";

/** What the configuration may change to, with jobs on the machines. */
export const VARIANTS = ["plain", "dead board", "other tags", "without small"] as const;
export type Variant = (typeof VARIANTS)[number];

const SETTLE_MS = 20;
/** Of each request but power-on: so that every step takes a while in which it can be hit. */
const REPLY_MS = 2;
/** Many more than a step of all BMPs takes. */
const PACKETS_LOOKED_AT = 500;

/** Triads. */
export const LARGE = { width: 4, height: 4 };
const SMALL = { width: 2, height: 2 };
export const BOARDS = 3 * (LARGE.width * LARGE.height + SMALL.width * SMALL.height);

function textOf(variant: Variant, powerOnMs: number, network: string): string {
  const more = (tags: string): string =>
    `${variant === "dead board" ? "deadBoards: [[1, 1, 1]]," : ""} tags: ["default", ${tags}]`;
  const large = machineText("large", {
    ...LARGE,
    baseIp: `${network}.1.0`,
    more: more(variant === "other tags" ? `"large", "other"` : `"large"`),
  });
  const small = machineText("small", {
    ...SMALL,
    baseIp: `${network}.64.0`,
    more: `tags: ["small"]`,
  });
  const machines = variant === "without small" ? [large] : [large, small];
  const fields = "maxRetiredJobs: 1000,";
  return configurationText(machines, fields)
    .replace("secondsBeforeFree: 0,", "secondsBeforeFree: 0.05,")
    .replace("secondsToSettle: 0.05,", `secondsToSettle: ${SETTLE_MS / 1000},`)
    .replace("secondsToPowerOn: 2,", `secondsToPowerOn: ${2 + (2 * powerOnMs) / 1000},`);
}

export class KilledServer {
  readonly directory = mkdtempSync(join(tmpdir(), "spalloc-torture-"));
  private readonly configFile = join(this.directory, "cfg.ts");
  private variant: Variant = "plain";
  private simulator!: RunningProgram;
  private server: RunningProgram | null = null;
  private controlPort = 0;
  /** Of its BMPs. */
  private network = "";
  /** The last of the simulator. */
  private packets: PacketEntry[] = [];
  /** performance.now(); null while the server runs. */
  private killedAt: number | null = null;
  port = 0;

  constructor(private readonly powerOnMs: number) {}

  async open(): Promise<void> {
    this.network = await ownNetwork();
    const all = join(this.directory, "all.ts");
    writeFileSync(all, textOf("plain", this.powerOnMs, this.network));
    this.controlPort = await freePort();
    this.port = await freePort();
    this.simulator = new RunningProgram("spalloc-bmp-simulator", [
      ...["--power-on-ms", String(this.powerOnMs), "--reply-ms", String(REPLY_MS)],
      ...["--control-port", String(this.controlPort), all],
    ]);
    await this.simulator.printed("simulating");
  }

  /** Writes the configuration for the next start or reload. */
  configure(variant: Variant): void {
    this.variant = variant;
    writeFileSync(this.configFile, textOf(variant, this.powerOnMs, this.network));
  }

  get configured(): Variant {
    return this.variant;
  }

  spawn(): void {
    const port = ["--port", String(this.port), "--log-format", "json"];
    this.killedAt = null;
    this.server = new RunningProgram("spalloc-server", [...port, this.configFile]);
  }

  /** Waits until clients can connect. @throws Error when the server ended instead. */
  async serving(): Promise<void> {
    await this.server?.printed("serving on");
  }

  signal(signal: "SIGHUP" | "SIGTERM"): void {
    this.server?.signal(signal);
  }

  /** Whether it was still there to be killed. */
  async kill(): Promise<boolean> {
    this.server?.signal("SIGKILL");
    this.killedAt = performance.now();
    return (await this.server?.ended())?.signal === "SIGKILL";
  }

  /** What the BMPs are at, or were when the server was killed. */
  async steps(): Promise<ReadonlySet<Step>> {
    const after = this.packets.at(-1)?.number ?? 0;
    const response = await fetch(`http://127.0.0.1:${this.controlPort}/packets?after=${after}`);
    const { now, packets } = (await response.json()) as { now: number; packets: PacketEntry[] };
    const sinceKill = this.killedAt === null ? 0 : performance.now() - this.killedAt;
    this.packets = [...this.packets, ...packets].slice(-PACKETS_LOOKED_AT);
    const times = { powerOnMs: this.powerOnMs, settleMs: SETTLE_MS };
    return stepsAt(now - sinceKill, this.packets, times);
  }

  /** All that the server printed since its start. */
  get output(): string {
    return this.server?.output ?? "";
  }

  async simulated(): Promise<SimulatorState> {
    const response = await fetch(`http://127.0.0.1:${this.controlPort}/state`);
    return (await response.json()) as SimulatorState;
  }

  /** Boards that are on, as texts `machine x,y,z`. */
  async powered(): Promise<Set<string>> {
    const { bmps } = await this.simulated();
    const boards = bmps.flatMap((bmp) => bmp.boards).filter(({ powered }) => powered);
    return new Set(boards.map(({ machine, x, y, z }) => `${machine} ${x},${y},${z}`));
  }

  async close(): Promise<void> {
    await this.server?.kill();
    await this.simulator.kill();
  }

  /** For a run without violations: what is left is of no interest. */
  forget(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
