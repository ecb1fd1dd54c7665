/** What Linux tells of a process; of one that has ended, nothing. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const NS_PER_MS = 1e6;
const BYTES_PER_KB = 1024;

export interface ThreadTimes {
  /** In which it ran, in milliseconds. */
  readonly ranMs: number;
  /** In which it could have run and had to wait for a processor. */
  readonly waitedMs: number;
}

/** Of its main thread, since it began. */
export function mainThreadTimes(pid: number): ThreadTimes {
  const text = unlessEnded(() => readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8"));
  const [ranMs = 0, waitedMs = 0] = (text ?? "").split(" ").map((ns) => Number(ns) / NS_PER_MS);
  return { ranMs, waitedMs };
}

/** Memory that it has in use, in bytes. */
export function residentBytes(pid: number): number {
  const text = unlessEnded(() => readFileSync(`/proc/${pid}/status`, "utf8"));
  return BYTES_PER_KB * Number(/VmRSS:\s+(\d+) kB/.exec(text ?? "")?.[1] ?? 0);
}

/** The UDP ports that it has bound. */
export function udpPorts(pid: number): number[] {
  const table = readFileSync("/proc/net/udp", "utf8").trim().split("\n").slice(1);
  const ports = new Map(
    table.map((line) => {
      const [, local = "", , , , , , , , inode = ""] = line.trim().split(/\s+/);
      return [`socket:[${inode}]`, Number.parseInt(local.split(":")[1] ?? "", 16)];
    }),
  );
  const files = unlessEnded(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
  return files.flatMap((file) => {
    const link = unlessEnded(() => readlinkSync(`/proc/${pid}/fd/${file}`));
    return ports.get(link ?? "") ?? [];
  });
}

/** The processes whose command line has that text, other than this one. */
export function processesNaming(text: string): number[] {
  const ids = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return ids.filter((pid) => {
    const line = unlessEnded(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"));
    return pid !== process.pid && line?.includes(text) === true;
  });
}

/** Null for a process, or an open file of one, that is no more. */
function unlessEnded<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ESRCH") return null;
    throw error;
  }
}
