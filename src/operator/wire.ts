/**
 * How an operator's program speaks to a running server: over a Unix socket in the state directory,
 * which only the server's own user may open. One JSON object a line, both ways.
 *
 *   {"command": "quarantine.list", "arguments": {…}}
 *   {"result": …}   or   {"error": "what was wrong"}
 */
import { isAbsolute, join, relative } from "node:path";

export type OperatorAnswer = { readonly result: unknown } | { readonly error: string };

/** What a request asked for cannot be done; the message says why. */
export class OperatorError extends Error {
  override readonly name = "AdminError";
}

/** Bytes of a path that the system takes for a socket; one less than its field, for the NUL. */
const MOST_PATH_BYTES = 107;

/** The socket of the server with that state directory. @throws AdminError when its path is too long. */
export function operatorSocketPath(stateDirectory: string): string {
  const path = join(stateDirectory, "admin.sock");
  const near = isAbsolute(path) ? relative(process.cwd(), path) : path;
  const shortest = near.length < path.length ? near : path;
  if (Buffer.byteLength(shortest) > MOST_PATH_BYTES) {
    throw new OperatorError(
      `the path ${path} is too long for a socket, which may have ${MOST_PATH_BYTES} bytes: ` +
        "move the state with --state-dir",
    );
  }
  return shortest;
}
