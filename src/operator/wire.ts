/**
 * How an operator's program speaks to a running server: over a Unix socket in the state directory,
 * which only the server's own user may open. One JSON object a line, both ways.
 *
 *   {"command": "quarantine.list", "arguments": {…}}
 *   {"result": …}   or   {"error": "what was wrong"}
 */
import { isAbsolute, join, relative } from "node:path";
import { visible } from "../domain/visible-text.js";

/** What a request asked for cannot be done; the message says why. */
export class OperatorError extends Error {
  override readonly name: string = "OperatorError";
}

/** No server could be reached at the socket of a state directory; src/cli/no-server.ts finds out why. */
export class NoServerError extends OperatorError {
  /** Of the system, such as ECONNREFUSED; null for an error of another kind. */
  readonly systemCode: string | null;

  constructor(
    readonly stateDirectory: string,
    cause: unknown,
  ) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`no server answers on the state directory ${stateDirectory}: ${reason}`, { cause });
    const isOfSystem = cause instanceof Error && "code" in cause && typeof cause.code === "string";
    this.systemCode = isOfSystem ? String(cause.code) : null;
  }
}

/** A line for the wire, as it may be shown. Raw, U+2028 would end it for some readers of lines. */
export function lineOf(value: object): string {
  return `${visible(JSON.stringify(value))}\n`;
}

/** Bytes of a path that the system takes for a socket; one less than its field, for the NUL. */
const MOST_PATH_BYTES = 107;

/**
 * The socket of the server with that state directory.
 * @throws OperatorError when its path is too long
 */
export function operatorSocketPath(stateDirectory: string): string {
  const path = join(stateDirectory, "operator.sock");
  if (fits(path)) return path;
  const near = isAbsolute(path) ? relative(process.cwd(), path) : path;
  if (!fits(near)) {
    throw new OperatorError(
      `the path ${path} is too long for a socket, which may have ${MOST_PATH_BYTES} bytes: ` +
        "move the state with --state-dir",
    );
  }
  return near;
}

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= MOST_PATH_BYTES;
}
