/**
 * Checks a request and has it carried out. The schemas, and zod with them, are loaded with the first
 * request: few servers are ever asked, and none should start more slowly for it.
 */
import { InvariantError } from "../domain/invariant.js";
import { nameText } from "../domain/visible-text.js";
import { wellFormedJson } from "../domain/well-formed.js";
import type { Log } from "../engine/contract/log.js";
import { type Checked, check, parseLimitedJson } from "../json/index.js";
import type { CommandName, Request, Response } from "./schemas.js";
import { OperatorError } from "./wire.js";

/** What each command does. @throws OperatorError when that cannot be done */
export type OperatorCommands = {
  readonly [C in CommandName]: (request: Request<C>) => Response<C> | Promise<Response<C>>;
};

export type OperatorAnswer = { readonly result: object } | { readonly error: string };

/** Commands that change nothing, and so wait for nothing. */
const QUESTIONS: ReadonlySet<CommandName> = new Set<CommandName>(["quarantine.list", "grace.list"]);

/** `changed`: whether the answer shows the effect of a change. */
export async function answerTo(
  commands: OperatorCommands,
  line: string,
  log: Log,
): Promise<{ readonly answer: OperatorAnswer; readonly changed: boolean }> {
  try {
    const { command, result } = await carryOut(commands, line);
    return { answer: { result }, changed: !QUESTIONS.has(command) };
  } catch (error) {
    return { answer: answerToFailure(error, log), changed: false };
  }
}

function answerToFailure(error: unknown, log: Log): OperatorAnswer {
  if (error instanceof OperatorError) return { error: error.message };
  if (error instanceof InvariantError) throw error;
  log.error(
    { err: error },
    "a command of an operator failed because of a defect in the server; report this log",
  );
  return { error: "an unexpected error occurred; the server's log has the details" };
}

interface CarriedOut {
  readonly command: CommandName;
  readonly result: object;
}

async function carryOut(commands: OperatorCommands, line: string): Promise<CarriedOut> {
  const { requestLine, SCHEMAS } = await import("./schemas.js");
  const json = parseLimitedJson(wellFormedJson(line));
  const request = json.ok ? check(requestLine, json.value) : json;
  if (!request.ok) throw new OperatorError(`the request is wrong: ${request.problem}`);
  const { command, arguments: args } = request.value;
  if (!isCommand(commands, command)) {
    const names = Object.keys(commands).join(", ");
    throw new OperatorError(`there is no command ${nameText(command)}; there are ${names}`);
  }
  const checked = check<Request<typeof command>>(SCHEMAS[command].request, args);
  return { command, result: await run(commands, command, checked) };
}

function isCommand(commands: OperatorCommands, name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

function run<C extends CommandName>(
  commands: OperatorCommands,
  command: C,
  request: Checked<Request<C>>,
): Response<C> | Promise<Response<C>> {
  if (!request.ok) throw new OperatorError(request.problem);
  return commands[command](request.value);
}
