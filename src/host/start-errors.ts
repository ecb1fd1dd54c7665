/** Why the server, or a command, cannot do what it was told, for the operator: a sentence where the cause is known. */
import { LACKS_AT_START, ownLack } from "../domain/own-lack.js";
import { openFilesLimit } from "../protocol/connection/open-files.js";

/** Reasons of the system, in the operator's words. */
const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is taken: another server, or another program, listens there",
  EADDRNOTAVAIL: "the address to listen on is not one of this host's",
  EACCES: "permission denied",
  ENOTFOUND: "the address to listen on is not known",
};

/** With fewer, Node may have none left to look for a module with. */
const FEW_FILES = 64;

/** The message of an error that has a code of ours; with a stack where nobody foresaw it. */
export function reasonNotToStart(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : null;
  if (code === null) return error.stack ?? error.message;
  const reason = ownLack(error, LACKS_AT_START) ?? whyMissing(code) ?? SYSTEM_REASONS[code];
  return reason ? `${reason.replace(` (${code})`, "")} (${error.message})` : error.message;
}

/** What Node says when it could not open what it looked for, or start a thread. */
function whyMissing(code: string): string | null {
  if (code === "ERR_WORKER_INIT_FAILED") {
    return "a thread could not be started: raise the limits on threads and open files (ulimit -u, TasksMax=, ulimit -n, LimitNOFILE=)";
  }
  const limit = openFilesLimit();
  if (code !== "ERR_MODULE_NOT_FOUND" || limit === null || limit > FEW_FILES) return null;
  return `this process may open ${limit} files only: raise that limit (ulimit -n, LimitNOFILE=)`;
}
