/** What is said of a config process that could not begin, or that ended without an answer. */
import { LACKS_AT_START, ownLack } from "../domain/own-lack.js";
import type { Evaluation } from "./answer.js";
import { MOST_MEMORY_MB } from "./limits.js";

export const ENDLESS_MEMORY = `it needs more than ${MOST_MEMORY_MB} MB of memory; does it build an endless list?`;

/** As V8 ends a process whose heap is full. */
const OUT_OF_HEAP: readonly (NodeJS.Signals | null)[] = ["SIGABRT", "SIGTRAP", "SIGILL"];

/** The server's own lack: nothing is wrong with the file. */
export function noProcess(file: string, error: unknown): Evaluation {
  const said = error instanceof Error ? error.message : String(error);
  return notEvaluated(file, ownLack(error, LACKS_AT_START) ?? said);
}

function notEvaluated(file: string, reason: string): Evaluation {
  const message = `${file}: it could not be evaluated, since the process for that could not be started: ${reason}`;
  return { ok: false, code: "CONFIGURATION_NOT_EVALUATED", message };
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether it came as far as the file. */
  readonly isBegun: boolean;
}

export function endedEarly(file: string, { code, signal, isBegun }: Ended): Evaluation {
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  if (!isBegun) {
    return notEvaluated(
      file,
      `it ended at once, ${how}. Raise the limits on memory, processes and open files (ulimit -a, MemoryMax=, TasksMax=)`,
    );
  }
  if (OUT_OF_HEAP.includes(signal)) {
    return { ok: false, code: "CONFIGURATION_THREW", message: `${file}: ${ENDLESS_MEMORY}` };
  }
  const reason = signal === null ? `it called process.exit(${code})` : signalled(signal);
  const message = `${file}: it ended before it exported a configuration: ${reason}`;
  return { ok: false, code: "CONFIGURATION_ENDED", message };
}

function signalled(signal: NodeJS.Signals): string {
  const limits: Readonly<Record<string, string>> = {
    SIGXFSZ: "it writes a file of more than 64 MiB",
    SIGXCPU: "it computes for more than 60 s",
    SIGKILL: "something killed its process (SIGKILL), perhaps this computer for want of memory",
  };
  return limits[signal] ?? `its process was ended by ${signal}`;
}
