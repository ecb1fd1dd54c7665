/** The package's programs as processes of their own, for benchmarks of the whole. */

import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { boardCount, type Size } from "../src/domain/board.js";
import { claimNetworks, freePort } from "../test/support/loopback.js";

/** Of the machine that an {@link Installation} has unless told otherwise. */
export const TRIADS = { width: 20, height: 20 };

/**
 * Niceness of what stands for hardware or people elsewhere: it must not take the cores from the
 * server that it would have there.
 */
export const ELSEWHERE = { bmps: 10, clients: 5 } as const;

const BOARDS_PER_FRAME = 24;
/** By the standard frame stride of 0.0.1.0. */
const FRAMES_PER_NETWORK = 256;

const NO_TIME = { secondsBeforeFree: 0, secondsToSettle: 0, secondsBeforeRetry: 1 };

/** One machine, its boards numbered along y, then x, then z, 24 to a frame and 5 frames to a cabinet. */
function configurationText({ width, height }: Size, baseIp: string, seconds: object): string {
  return `export default new Configuration({
  ip: "127.0.0.1", ...${JSON.stringify(seconds)},
  machines: [Machine.withStandardIps({
    name: "bench", width: ${width}, height: ${height}, baseIp: "${baseIp}",
    boardLocations: Array.from({ length: ${boardCount({ width, height })} }, (_, i) => [
      [Math.floor(i / ${3 * height}), Math.floor(i / 3) % ${height}, i % 3],
      [Math.floor(i / 120), Math.floor(i / 24) % 5, i % 24],
    ]),
  })],
});
`;
}

/** Loopback addresses for a machine with {@link BOARDS_PER_FRAME} and standard strides; the first. */
export async function claimAddresses(size: Size): Promise<string> {
  const frames = Math.ceil(boardCount(size) / BOARDS_PER_FRAME);
  return `${await claimNetworks(Math.ceil(frames / FRAMES_PER_NETWORK))}.0.0`;
}

/** A directory with a configuration, of 1200 boards unless told otherwise, and processes that end with it. */
export class Installation {
  readonly directory = mkdtempSync(join(tmpdir(), "spalloc-bench-"));
  readonly configFile = join(this.directory, "cfg.ts");
  readonly stateDirectory = join(this.directory, "cfg.state");
  readonly #children: ChildProcess[] = [];

  /**
   * With addresses of its own.
   * @param seconds fields of the configuration that are about time
   */
  static async make(size: Size = TRIADS, seconds: object = NO_TIME): Promise<Installation> {
    const baseIp = await claimAddresses(size);
    const installation = new Installation();
    writeFileSync(installation.configFile, configurationText(size, baseIp, seconds));
    return installation;
  }

  private constructor() {}

  /** A simulator of all BMPs in which nothing takes time, unless the flags say otherwise. */
  async simulate(...flags: readonly string[]): Promise<void> {
    const args = ["--power-on-ms", "0", "--reply-ms", "0", ...flags, this.configFile];
    await this.#start("spalloc-bmp-simulator", args, ELSEWHERE.bmps);
  }

  /** A server; resolves with its port when it answers. */
  async serve(...flags: readonly string[]): Promise<{ port: number; server: ChildProcess }> {
    const port = await freePort();
    const args = ["--port", String(port), "--log-format", "json", ...flags, this.configFile];
    const server = await this.#start("spalloc-server", args);
    return { port, server };
  }

  /** Runs a module of bench/ as a process; resolves with the one message that it sends. */
  async run<T>(module: string, args: readonly (string | number)[], niceness = 0): Promise<T> {
    const file = fileURLToPath(new URL(`./${module}.js`, import.meta.url));
    const child = fork(file, args.map(String));
    setPriority(child.pid!, niceness);
    this.#children.push(child);
    const [message] = (await once(child, "message")) as [T];
    return message;
  }

  async stop(server: ChildProcess): Promise<void> {
    server.kill("SIGTERM");
    await once(server, "exit");
  }

  async kill(server: ChildProcess): Promise<void> {
    server.kill("SIGKILL");
    await once(server, "exit");
  }

  end(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #start(program: string, args: readonly string[], niceness = 0): Promise<ChildProcess> {
    const file = fileURLToPath(new URL(`../src/cli/${program}.js`, import.meta.url));
    const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    // Threads that it starts later have the same.
    setPriority(child.pid!, niceness);
    this.#children.push(child);
    let said = "";
    child.stderr!.on("data", (text: Buffer) => {
      said = `${said}${text}`.slice(-4000);
    });
    await new Promise<void>((resolve, reject) => {
      createInterface(child.stdout!).once("line", () => resolve());
      child.once("exit", (code) => reject(new Error(`${program} ended with ${code}: ${said}`)));
    });
    return child;
  }
}

/** Resident memory of a process in bytes, all threads included; Linux only. */
export function residentBytes({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1024;
}
