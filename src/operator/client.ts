/** Asks a running server; see wire.ts. */
import { once } from "node:events";
import { createConnection } from "node:net";
import { createInterface } from "node:readline";
import { check, parseJson } from "../json/index.js";
import type { Arguments, CommandName, Response } from "./schemas.js";
import { lineOf, NoServerError, OperatorError, operatorSocketPath } from "./wire.js";

/** The result of a command. @throws {NoServerError} @throws {OperatorError} when the server says no */
export async function askServer<C extends CommandName>(
  stateDirectory: string,
  command: C,
  args: Arguments<C>,
): Promise<Response<C>> {
  const socket = createConnection(operatorSocketPath(stateDirectory));
  try {
    await once(socket, "connect");
  } catch (error) {
    throw new NoServerError(stateDirectory, error);
  }
  try {
    socket.write(lineOf({ command, arguments: args }));
    for await (const line of createInterface({ input: socket })) return await result(command, line);
    throw new OperatorError("the server closed the connection without an answer");
  } finally {
    socket.destroy();
  }
}

async function result<C extends CommandName>(command: C, line: string): Promise<Response<C>> {
  const { answerLine, SCHEMAS } = await import("./schemas.js");
  const json = parseJson(line);
  const answer = json.ok ? check(answerLine, json.value, "the answer") : json;
  if (!answer.ok) throw notUnderstood(answer.problem);
  if ("error" in answer.value) throw new OperatorError(answer.value.error);
  const checked = check(SCHEMAS[command].response, answer.value.result, "the result");
  if (!checked.ok) throw notUnderstood(checked.problem);
  return checked.value;
}

function notUnderstood(problem: string): OperatorError {
  return new OperatorError(
    `the server's answer is not understood; is it of another version than this program? ${problem}`,
  );
}
