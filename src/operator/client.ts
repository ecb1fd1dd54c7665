/** Asks a running server; see wire.ts. */
import { once } from "node:events";
import { createConnection } from "node:net";
import { createInterface } from "node:readline";
import { OperatorError, operatorSocketPath } from "./wire.js";

/** The result of a command. @throws AdminError when no server runs there, or it says no. */
export async function askServer(
  stateDirectory: string,
  command: string,
  args: object,
): Promise<unknown> {
  const socket = createConnection(operatorSocketPath(stateDirectory));
  try {
    await once(socket, "connect");
  } catch (error) {
    throw new OperatorError(
      `no server runs on the state directory ${stateDirectory} (or it is another user's): ` +
        (error instanceof Error ? error.message : String(error)),
      { cause: error },
    );
  }
  try {
    socket.write(`${JSON.stringify({ command, arguments: args })}\n`);
    for await (const line of createInterface({ input: socket })) return resultOf(line);
    throw new OperatorError("the server ended without an answer");
  } finally {
    socket.destroy();
  }
}

function resultOf(line: string): unknown {
  const answer: unknown = JSON.parse(line);
  if (typeof answer === "object" && answer !== null && "error" in answer) {
    throw new OperatorError(String(answer.error));
  }
  return typeof answer === "object" && answer !== null && "result" in answer ? answer.result : null;
}
