/** How many clients the process can have, as far as the system lets it open files. */
import { readFileSync } from "node:fs";

/** Files for the state, the log, threads, and the sockets of the BMPs. */
const RESERVED_FILES = 256;
/** Where even that would leave nothing, clients get a part all the same. */
const LEAST_SHARE = 1 / 2;

/** Files and sockets that this process may have open, or null where that cannot be found out. */
export function openFilesLimit(): number | null {
  let limits: string;
  try {
    limits = readFileSync("/proc/self/limits", "utf8");
  } catch (error) {
    // Only Linux tells; elsewhere the limit shows when it is met.
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? null : Number(soft);
}

/** The clients for whom there are files, of those that are wanted. */
export function affordableConnections(wanted: number, openFiles: number | null): number {
  if (openFiles === null) return wanted;
  const free = Math.max(openFiles - RESERVED_FILES, Math.floor(openFiles * LEAST_SHARE));
  return Math.min(wanted, free);
}
