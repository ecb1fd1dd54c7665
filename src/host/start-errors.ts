/** Why the server, or a command, cannot do what it was told, for the operator: a sentence where the cause is known. */

/** Reasons of the system, in the operator's words. */
const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is taken: another server, or another program, listens there",
  EADDRNOTAVAIL: "the address to listen on is not one of this host's",
  EACCES: "permission denied",
  ENOTFOUND: "the address to listen on is not known",
};

/** The message of an error that has a code of ours; with a stack where nobody foresaw it. */
export function reasonNotToStart(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : null;
  if (code === null) return error.stack ?? error.message;
  const reason = SYSTEM_REASONS[code];
  return reason ? `${reason} (${error.message})` : error.message;
}
