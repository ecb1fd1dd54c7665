/** How many clients the process can have, given how many files the system lets it open. */
import { readFileSync } from "node:fs";

/** For what nobody counts, besides the server's own files, where there are enough. */
const RESERVED_FILES = 256;
/** Where that would leave too little, clients get at least this share of what is not the server's own. */
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

/**
 * How many of the wanted connections there are files for.
 *
 * @param own files and sockets of the server itself: state, log, threads, BMPs
 */
export function affordableConnections(
  wanted: number,
  openFiles: number | null,
  own: number,
): number {
  if (openFiles === null) return wanted;
  const free = Math.max(0, openFiles - own);
  const share = Math.min(free, Math.floor(openFiles * MIN_SHARE));
  return Math.min(wanted, free, Math.max(openFiles - Math.max(own, RESERVED_FILES), share));
}
