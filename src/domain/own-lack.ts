/** What this computer, or this process, has run out of: no fault of anything that it was to reach or read. */

const LACKS: ReadonlyMap<string, string> = new Map([
  ["EMFILE", "this process may open no more files: raise that limit (ulimit -n, LimitNOFILE=)"],
  ["ENFILE", "this computer has no more open files to give: raise the sysctl fs.file-max"],
  ["ENOMEM", "this computer has no memory left for this process: give it more (MemoryMax=)"],
  ["ENOBUFS", "this computer has no room for another packet: look at its memory and its network"],
]);

/** What there is too little of, and how to have more, with the code of the system; null for any other error. */
export function ownLack(
  error: unknown,
  more: ReadonlyMap<string, string> = new Map(),
): string | null {
  const code = codeOf(error);
  const lack = code === null ? undefined : (LACKS.get(code) ?? more.get(code));
  return lack === undefined ? null : `${lack} (${code})`;
}

/** Where a thread or a process cannot be started. */
export const LACKS_AT_START: ReadonlyMap<string, string> = new Map([
  [
    "EAGAIN",
    "this process may start no more threads and processes: raise that limit (ulimit -u, LimitNPROC=, TasksMax=)",
  ],
]);

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  return String(error.code);
}
