/** A server and the simulator of its BMPs, as processes of their own, for a benchmark. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Client, connect } from "../../src/client/index.js";
import { boardCount, type Size } from "../../src/domain/board.js";
import { freePort } from "../../test/support/loopback.js";
import { claimAddresses, ELSEWHERE } from "../programs.js";

/** Kernel ticks in a second, in which /proc counts CPU time on every Linux there is. */
const TICKS_PER_SECOND = 100;
const BYTES_PER_KIB = 1024;

/** One board, and one direction of a link, in so many is dead. */
export interface Dead {
  readonly boardEvery?: number;
  readonly linkEvery?: number;
}

export class BenchServer {
  private readonly directory = mkdtempSync(join(tmpdir(), "spalloc-bench-"));
  private readonly children: ChildProcess[] = [];
  readonly port: number;
  private server!: ChildProcess;

  private constructor(port: number) {
    this.port = port;
  }

  /** Boards switch at once and have no cooldown: what is measured is the server. */
  static async start({ width, height }: Size, dead: Dead = {}): Promise<BenchServer> {
    const running = new BenchServer(await freePort());
    const configuration = join(running.directory, "cfg.ts");
    writeFileSync(
      configuration,
      configurationText({ width, height }, await claimAddresses({ width, height }), dead),
    );
    const { pid } = await running.program("spalloc-bmp-simulator", [
      ...["--power-on-ms", "0", "--reply-ms", "0"],
      configuration,
    ]);
    // Its packets come and go in its main thread.
    setPriority(pid!, ELSEWHERE.bmps);
    running.server = await running.program("spalloc-server", [
      ...["--port", String(running.port), "--log-format", "json"],
      configuration,
    ]);
    return running;
  }

  client(): Promise<Client> {
    return connect("127.0.0.1", this.port);
  }

  /** CPU seconds that the server has taken so far, all of its threads. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.server.pid}/stat`, "utf8");
    // Behind the name, which may hold anything, utime and stime are the 12th and 13th field.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  /** Memory of the server that is in use now, in bytes. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.server.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * BYTES_PER_KIB;
  }

  async stop(): Promise<void> {
    for (const child of this.children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Starts a program of this package and waits until it says that it is up. */
  private async program(name: string, args: readonly string[]): Promise<ChildProcess> {
    const file = fileURLToPath(new URL(`../../src/cli/${name}.js`, import.meta.url));
    const child = spawn(process.execPath, [file, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.children.push(child);
    let complaints = "";
    child.stderr.on("data", (chunk) => {
      complaints += chunk;
    });
    await new Promise<void>((resolve, reject) => {
      createInterface(child.stdout).once("line", () => resolve());
      child.once("exit", () => reject(new Error(`${name} did not start:\n${complaints}`)));
    });
    return child;
  }
}

/** One machine, its boards numbered along x, y and z, 24 to a frame and five frames to a cabinet. */
function configurationText(
  { width, height }: Size,
  baseIp: string,
  { boardEvery, linkEvery }: Dead,
): string {
  const boards = boardCount({ width, height });
  const someOf = (count: number, every: number | undefined) =>
    `Array.from({ length: ${every === undefined ? 0 : Math.floor(count / every)} }, (_, i) => i * ${every ?? 0})`;
  return `const board = (i) => [Math.floor(i / ${3 * height}), Math.floor(i / 3) % ${height}, i % 3];
  export default new Configuration({
    ip: "127.0.0.1", secondsBeforeFree: 0, secondsToSettle: 0, secondsBetweenHealthChecks: 0,
    machines: [Machine.withStandardIps({
      name: "bench", width: ${width}, height: ${height}, baseIp: "${baseIp}",
      deadBoards: ${someOf(boards, boardEvery)}.map(board),
      deadLinks: ${someOf(6 * boards, linkEvery)}.map((i) => [...board(Math.floor(i / 6)), i % 6]),
      boardLocations: Array.from({ length: ${boards} }, (_, i) => [
        board(i), [Math.floor(i / 120), Math.floor(i / 24) % 5, i % 24],
      ]),
    })],
  });\n`;
}
