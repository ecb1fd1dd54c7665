/**
 * How much memory the server needs when clients hold as much of it as the limits allow. The figures for
 * each thing are measured, and rounded up; a test holds a server under all of its limits against the sum.
 */
import { boardCount } from "../domain/board.js";
import type { ConfigurationDescription } from "./description.js";

const KIB = 1024;
const MIB = 1024 * KIB;

/** What a thing takes at most, in bytes of JavaScript's heap. */
export const HEAP_BYTES = {
  server: 16 * MIB,
  board: KIB,
  connection: 3 * KIB,
  /** With a name of 32 characters. */
  watch: 192,
  /** Without its texts. */
  job: 2 * KIB,
  /** Its reason alone may have 1024 characters. */
  endedJob: 2.5 * KIB,
} as const;

/** What is not in the heap: the program and its threads, and each entry in the list of jobs, with its texts. */
export const OTHER_BYTES = { server: 192 * MIB, listedJob: 400, connection: 2 * KIB } as const;
/** Characters of a job, which count as two bytes, take up to six in a list: `\u0001`. */
const LISTED_BYTES_OF_JOB_BYTE = 3;
/** What the heap takes in addition while it is cleaned up. */
const HEAP_FACTOR = 1.5;

export interface MemoryNeeded {
  readonly heapBytes: number;
  /** With the heap. */
  readonly totalBytes: number;
}

export function memoryNeeded({
  machines,
  maxRetiredJobs,
  clientLimits: limits,
}: Pick<ConfigurationDescription, "machines" | "maxRetiredJobs" | "clientLimits">): MemoryNeeded {
  const boards = machines.reduce((sum, machine) => sum + boardCount(machine), 0);
  const heapBytes =
    HEAP_BYTES.server +
    boards * HEAP_BYTES.board +
    limits.connections * HEAP_BYTES.connection +
    limits.totalWatches * HEAP_BYTES.watch +
    limits.totalJobs * HEAP_BYTES.job +
    limits.totalJobBytes +
    maxRetiredJobs * HEAP_BYTES.endedJob +
    limits.totalBufferedBytes;
  const list =
    limits.totalJobs * OTHER_BYTES.listedJob + limits.totalJobBytes * LISTED_BYTES_OF_JOB_BYTE;
  const others = OTHER_BYTES.server + limits.connections * OTHER_BYTES.connection;
  return { heapBytes, totalBytes: heapBytes * HEAP_FACTOR + list + others };
}

/** For a person: `at most 620 MiB of memory, 240 MiB of it JavaScript heap`. */
export function memoryText({ heapBytes, totalBytes }: MemoryNeeded): string {
  return `at most ${mib(totalBytes)} MiB of memory, ${mib(heapBytes)} MiB of it JavaScript heap`;
}

export function mib(bytes: number): number {
  return Math.ceil(bytes / MIB);
}
