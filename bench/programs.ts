/** The package's programs as processes of their own, for benchmarks of the whole. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Boards of the machine that {@link Installation} has, numbered along y, then x, then z. */
export const TRIADS = { width: 20, height: 20 };

const CONFIGURATION = `export default new Configuration({
  ip: "127.0.0.1", secondsBeforeFree: 0, secondsToSettle: 0, secondsBeforeRetry: 1,
  machines: [Machine.withStandardIps({
    name: "bench", width: ${TRIADS.width}, height: ${TRIADS.height}, baseIp: "127.81.0.0",
    boardLocations: Array.from({ length: ${3 * TRIADS.width * TRIADS.height} }, (_, i) => [
      [Math.floor(i / ${3 * TRIADS.height}), Math.floor(i / 3) % ${TRIADS.height}, i % 3],
      [Math.floor(i / 120), Math.floor(i / 24) % 5, i % 24],
    ]),
  })],
});
`;

/** A directory with a configuration of 1200 boards, and processes that end with it. */
export class Installation {
  readonly directory = mkdtempSync(join(tmpdir(), "spalloc-bench-"));
  readonly configFile = join(this.directory, "cfg.ts");
  readonly stateDirectory = join(this.directory, "cfg.state");
  readonly #children: ChildProcess[] = [];

  constructor() {
    writeFileSync(this.configFile, CONFIGURATION);
  }

  /** A simulator of all BMPs in which nothing takes time. */
  async simulate(): Promise<void> {
    const args = ["--power-on-ms", "0", "--reply-ms", "0", this.configFile];
    await this.#start("spalloc-bmp-simulator", args);
  }

  /** A server; resolves with its port when it answers. */
  async serve(...flags: readonly string[]): Promise<{ port: number; server: ChildProcess }> {
    const port = await freePort();
    const args = ["--port", String(port), "--log-format", "json", ...flags, this.configFile];
    const server = await this.#start("spalloc-server", args);
    return { port, server };
  }

  /** Runs a module of bench/ as a process; resolves with the one message that it sends. */
  async run<T>(module: string, args: readonly (string | number)[]): Promise<T> {
    const file = fileURLToPath(new URL(`./${module}.js`, import.meta.url));
    const child = fork(file, args.map(String));
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

  async #start(program: string, args: readonly string[]): Promise<ChildProcess> {
    const file = fileURLToPath(new URL(`../src/cli/${program}.js`, import.meta.url));
    const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "pipe"] });
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

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  listener.close();
  if (typeof address !== "object" || address === null) throw new Error("no port was bound");
  return address.port;
}
