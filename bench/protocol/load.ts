/**
 * A process that asks a server as fast as it answers, and measures. Started by the benchmarks with
 * a {@link Load} as its argument, it prints a {@link Measured}, both as JSON.
 *
 * It does as little as it can for each answer, for it shares the machine with the server: bytes are
 * read into one buffer and looked at for newlines only. So it does not use the client of src/client.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setPriority } from "node:os";
import type { Load, Measured } from "./load-job.js";
import { percentiles } from "./percentiles.js";

const NEWLINE = 0x0a;
/** Answers begin with `{"return"`, exceptions with `{"exception"`. */
const KIND_AT = 2;
const RETURN = "r".charCodeAt(0);
const ID_AT = '{"return":'.length;
const ZERO = "0".charCodeAt(0);
const NINE = "9".charCodeAt(0);
const NUMBER_MARK = "{n}";
const MOST_LATENCIES = 4_000_000;
const READ_BUFFER_BYTES = 256 * 1024;
/** Batches that a pipelining connection has under way: one travels while the other is served. */
const BATCHES_UNDER_WAY = 2;

const load = JSON.parse(process.argv[2] ?? "") as Load;
setPriority(load.niceness);
const readBuffer = Buffer.allocUnsafe(READ_BUFFER_BYTES);
const batch = Buffer.from(`${load.request}\n`.repeat(load.depth));
const isNumbered = load.request.includes(NUMBER_MARK);
let lastNumber = 100_000;
const latencies = new Float64Array(MOST_LATENCIES);
let recorded = 0;
let completed = 0;
let stopped = false;

function record(milliseconds: number): void {
  completed++;
  if (recorded < MOST_LATENCIES) latencies[recorded++] = milliseconds;
}

function numbered(): string {
  lastNumber++;
  return `${load.request.replace(NUMBER_MARK, String(lastNumber))}\n`;
}

/** One connection; `answered` is called for every line, with its first bytes where it has an id. */
class Connection {
  private socket!: Socket;
  private atLineStart = true;
  private lines = 0;
  private id = 0;
  private isDestroying = false;
  private sentAt = 0;

  async open(): Promise<void> {
    this.socket = connect({
      host: "127.0.0.1",
      port: load.port,
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (length) => {
          this.read(length);
          return true;
        },
      },
    });
    this.socket.on("close", () => {
      if (!stopped) throw new Error("the server closed a connection");
    });
    await once(this.socket, "connect");
  }

  start(): void {
    const batches = load.depth > 1 ? BATCHES_UNDER_WAY : 1;
    for (let i = 0; i < batches; i++) this.send();
  }

  close(): void {
    this.socket.destroy();
  }

  private send(): void {
    if (stopped) return;
    this.sentAt = performance.now();
    this.socket.write(isNumbered ? numbered() : batch);
  }

  private read(length: number): void {
    for (let at = 0; at < length; ) {
      if (this.atLineStart) this.look(at, length);
      const end = readBuffer.indexOf(NEWLINE, at);
      if (end < 0 || end >= length) {
        this.atLineStart = false;
        return;
      }
      this.atLineStart = true;
      at = end + 1;
      this.answered();
    }
  }

  /** Reads the beginning of a line. Short answers come in one piece. */
  private look(at: number, length: number): void {
    if (at + KIND_AT < length && readBuffer[at + KIND_AT] !== RETURN) {
      throw new Error(
        `not an answer: ${readBuffer.toString("utf8", at, Math.min(length, at + 200))}`,
      );
    }
    if (load.kind !== "lifecycle" || this.isDestroying) return;
    this.id = 0;
    for (let digit = at + ID_AT; digit < length; digit++) {
      const code = readBuffer[digit]!;
      if (code < ZERO || code > NINE) return;
      this.id = this.id * 10 + code - ZERO;
    }
    throw new Error("the answer to create_job came in pieces");
  }

  private answered(): void {
    if (load.kind === "lifecycle" && !this.isDestroying) {
      this.isDestroying = true;
      this.socket.write(`{"command":"destroy_job","args":[${this.id}]}\n`);
      return;
    }
    this.isDestroying = false;
    if (load.depth > 1) {
      completed++;
      if (++this.lines % load.depth === 0) this.send();
      return;
    }
    record(performance.now() - this.sentAt);
    if (load.pauseMs === 0) this.send();
    else setTimeout(() => this.send(), load.pauseMs);
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const clients = Array.from({ length: load.connections }, () => new Connection());
const idle = Array.from({ length: load.idleConnections }, () => new Connection());
await Promise.all([...clients, ...idle].map((client) => client.open()));
for (const client of clients) client.start();
await pause(load.warmUpMs);
const warmUp = completed;
recorded = 0;
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
await pause(load.measureMs);
const seconds = (performance.now() - startedAt) / 1000;
const cpu = process.cpuUsage(cpuBefore);
const measured: Measured = {
  perSecond: (completed - warmUp) / seconds,
  operations: completed,
  ...percentiles(latencies.subarray(0, recorded)),
  loadBusy: (cpu.user + cpu.system) / 1e6 / seconds,
};
stopped = true;
process.stdout.write(`${JSON.stringify(measured)}\n`);
for (const client of [...clients, ...idle]) client.close();
