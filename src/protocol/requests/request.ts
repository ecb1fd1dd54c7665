/** From a line of a client to the request in it. */
import { wellFormedJson } from "../../domain/well-formed.js";
import { excess } from "../../json/index.js";
import { ProtocolFault } from "./errors.js";
import { isObject, type Json, type JsonObject, parseJson } from "./json.js";

export interface Request {
  readonly command: string;
  readonly args: readonly Json[];
  readonly kwargs: JsonObject;
}

const NO_ARGS: readonly Json[] = [];
const NO_KWARGS: JsonObject = {};

/**
 * Reads a request; all text in it is well-formed. Of a key given twice the last one counts; other top-level keys are ignored.
 *
 * @throws ProtocolFault when the line is not a request.
 */
export function readRequest(line: string): Request {
  const tooMuch = excess(line);
  if (tooMuch !== null) throw new ProtocolFault(`line has ${tooMuch}`);
  let request: Json;
  try {
    request = parseJson(wellFormedJson(line));
  } catch (error) {
    throw new ProtocolFault(`line is not JSON: ${(error as Error).message}`);
  }
  if (!isObject(request)) throw new ProtocolFault("request is not a JSON object");
  const { command, args = NO_ARGS, kwargs = NO_KWARGS } = request;
  if (command === undefined) throw new ProtocolFault("request has no command");
  if (typeof command !== "string") throw new ProtocolFault("command is not a string");
  if (!Array.isArray(args)) throw new ProtocolFault("args is not an array");
  if (!isObject(kwargs)) throw new ProtocolFault("kwargs is not an object");
  return { command, args, kwargs };
}
