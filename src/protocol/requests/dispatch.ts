/** One line of a client to its answer. */
import { InvariantError } from "../../domain/invariant.js";
import { quote } from "../../domain/visible-text.js";
import type { Log } from "../../engine/contract/log.js";
import { type Answer, failed, type LaterAnswer } from "../answers/answer.js";
import { COMMANDS } from "../commands/index.js";
import type { Caller, Context } from "./command.js";
import { CommandError, ProtocolFault } from "./errors.js";
import { readRequest } from "./request.js";

/**
 * Carries out the request of a line. A command that fails is an answer as well.
 *
 * @throws ProtocolFault when the line is no request for a command that there is.
 * @throws InvariantError as the engine does.
 */
export function dispatch(
  line: string,
  context: Context,
  caller: Caller,
  log: Log,
): Answer | LaterAnswer {
  const request = readRequest(line);
  const command = COMMANDS.get(request.command);
  if (command === undefined) {
    throw new ProtocolFault(`there is no command ${quote(request.command)}`);
  }
  try {
    return command.call(request.args, request.kwargs, context, caller);
  } catch (error) {
    if (error instanceof CommandError) return failed(error.message);
    if (error instanceof InvariantError) throw error;
    log.error(
      { client: caller.actor.host, command: command.name, err: error },
      `${command.name} failed because of a defect in the server; the client got an exception. Report this log`,
    );
    return failed(
      `${command.name} failed because of a defect in the server; its log has the details`,
    );
  }
}
