/** How many clients the process can have, given how many files the system lets it open. */
import { readFileSync } from "node:fs";

/** Files for the state, the log, threads, and the sockets of the BMPs. */
const RESERVED_FILES = 256;
/** Where that would leave too little, clients get at least this share. */
const MIN_SHARE = 1 / 2;

/** Files and sockets that this process may have open, or null where that cannot be found out. */
export function openFilesLimit(): number | null {
  let limits: string;
  try {
    limits = readFileSync("/proc/self/limits", "utf8");
  } catch (error) {
    // Only Linux has it; elsewhere the limit shows when it is reached.
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? null : Number(soft);
}

/** How many of the wanted connections there are files for. */
export function affordableConnections(wanted: number, openFiles: number | null): number {
  if (openFiles === null) return wanted;
  const free = Math.max(openFiles - RESERVED_FILES, Math.floor(openFiles * MIN_SHARE));
  return Math.min(wanted, free);
}
