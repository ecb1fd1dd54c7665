/**
 * Whether any computer answers at an IP address of a network that this one is on. Linux asks before it
 * sends, and gives up with EHOSTUNREACH; but a UDP socket is not told.
 */
import { readFile } from "node:fs/promises";

const TABLE = "/proc/net/arp";
/** Thousands of BMPs may fall silent together. */
const REREAD_MS = 1_000;
const INCOMPLETE = 0;

let table: Promise<string> = Promise.resolve("");
let readAtMs = Number.NEGATIVE_INFINITY;

/** EHOSTUNREACH where nobody answers; null where somebody does, or it is not known. */
export async function unreachableByArp(ip: string): Promise<Error | null> {
  if (performance.now() - readAtMs > REREAD_MS) {
    readAtMs = performance.now();
    // Other systems have no such table.
    table = readFile(TABLE, "latin1").catch(() => "");
  }
  if (!isUnanswered(await table, ip)) return null;
  return Object.assign(new Error(`no answer to ARP for ${ip}`), { code: "EHOSTUNREACH" });
}

/** @param text as in /proc/net/arp: a line of headings, then address, type, flags and more of each */
export function isUnanswered(text: string, ip: string): boolean {
  const entries = text
    .split("\n")
    .slice(1)
    .map((line) => line.split(/\s+/))
    .filter(([address]) => address === ip);
  return entries.length > 0 && entries.every(([, , flags]) => Number(flags) === INCOMPLETE);
}
