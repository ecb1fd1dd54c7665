/**
 * The arguments of a job as `list_jobs` repeats them to everybody. One client's oddity must not break
 * the list of the others, of whom each reads it as strictly as its language does:
 *
 *   Java     `args` are 32-bit integers, none of them null or a truth value; at most 1000 levels
 *   Python   fewer than 1000 levels; half of a surrogate pair cannot be printed
 *
 * So `args` has the size alone, options given behind it move to `kwargs`, where null is harmless, and
 * what no parameter that counts can hold is left out. Jobs from before a start may also hold names that
 * mean nothing.
 */
import type { JobView } from "../../engine/contract/api.js";
import type { Json, JsonObject } from "../requests/json.js";

/** n boards; width and height; or x, y and z. */
export const MAX_SIZE_ARGUMENTS = 3;
/** Options that may follow three of these by position. */
export const OPTIONS_BY_POSITION = [
  "min_ratio",
  "max_dead_boards",
  "max_dead_links",
  "require_torus",
] as const;
/** Names that `create_job` accepts and that mean nothing: ids are given by the server. */
export const IGNORED_NAMES: readonly string[] = ["client", "job_id"];
/** The largest number in `args`. */
export const MAX_LISTED_NUMBER = 2 ** 31 - 1;

/** Most jobs have arguments that can be repeated as they are. */
const PLAIN_ARGS = /^\[(-?\d{1,9}(,-?\d{1,9}){0,2})?\]$/;
/** No list but the tags', and nothing that may be half of a surrogate pair. */
const PLAIN_KWARGS = /^\{[^[{\\]*("tags":\[[^[{\\\]]*\][^[{\\]*)?\}$/;

const HAS_IGNORED = new RegExp(`"(${IGNORED_NAMES.join("|")})":`);

/** `"args":[…],"kwargs":{…}` */
export function listedArguments({
  argsJson,
  kwargsJson,
}: Pick<JobView, "argsJson" | "kwargsJson">): string {
  const isPlain = PLAIN_ARGS.test(argsJson) && PLAIN_KWARGS.test(kwargsJson);
  if (isPlain && !HAS_IGNORED.test(kwargsJson)) {
    return `"args":${argsJson},"kwargs":${kwargsJson}`;
  }
  const args = JSON.parse(argsJson) as Json[];
  const kwargs = JSON.parse(kwargsJson) as JsonObject;
  const listed = {
    args: args.slice(0, MAX_SIZE_ARGUMENTS).filter(isNumber).map(listedNumber),
    kwargs: { ...optionsIn(args), ...simple(kwargs) },
  };
  return JSON.stringify(listed).slice(1, -1);
}

function isNumber(value: Json): value is number {
  return typeof value === "number";
}

function listedNumber(value: number): number {
  return Math.max(-MAX_LISTED_NUMBER, Math.min(MAX_LISTED_NUMBER, Math.trunc(value)));
}

/** Options that were given by position. */
function optionsIn(args: readonly Json[]): JsonObject {
  const values = args.slice(MAX_SIZE_ARGUMENTS);
  return simple(
    Object.fromEntries(values.map((value, at) => [OPTIONS_BY_POSITION[at] ?? at, value])),
  );
}

/** Those with a simple value or a list of such, with whole characters in their texts. */
function simple(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) => {
      if (IGNORED_NAMES.includes(name)) return [];
      if (!Array.isArray(value)) return isSimple(value) ? [[name, whole(value)]] : [];
      return value.every(isSimple) ? [[name, value.map(whole)]] : [];
    }),
  );
}

function isSimple(value: Json): boolean {
  return typeof value !== "object" || value === null;
}

function whole(value: Json): Json {
  return typeof value === "string" ? value.toWellFormed() : value;
}
