/** Binds the arguments of a request to the parameters of its command. */
import { counted } from "../../domain/counted.js";
import { quote } from "../../domain/visible-text.js";
import { CommandError } from "./errors.js";
import type { Json, JsonObject } from "./json.js";

/** One parameter: how its value is checked, and its value when it is not given. */
export interface Parameter<T> {
  /** @throws CommandError naming what is wrong with the value and what would be right. */
  read(value: Json, name: string): T;
  /** Undefined: the parameter must be given. */
  readonly fallback?: { readonly value: T };
}

/** Parameters by name, in the order in which they may be given by position. */
export type Parameters = { readonly [name: string]: Parameter<unknown> };

export type Values<P extends Parameters> = {
  readonly [Name in keyof P]: P[Name] extends Parameter<infer T> ? T : never;
};

/** The parameter, or its default when it is not given or null: clients send null for what is unset. */
export function optional<T, D>(parameter: Parameter<T>, fallback: D): Parameter<T | D> {
  return {
    read: (value, name) => (value === null ? fallback : parameter.read(value, name)),
    fallback: { value: fallback },
  };
}

/** The parameter, or null, which says something of its own and is also the default. */
export function nullable<T>(parameter: Parameter<T>): Parameter<T | null> {
  return optional(parameter, null);
}

/** Some clients send it with every command. */
const IGNORED: readonly string[] = ["client"];

/**
 * Binds and checks arguments, given by position or by name.
 *
 * @param ignored names that are accepted, and mean nothing
 * @throws CommandError for missing, surplus, unknown or doubly given arguments and wrong values.
 */
export function bind<P extends Parameters>(
  command: string,
  parameters: P,
  args: readonly Json[],
  kwargs: JsonObject,
  ignored = IGNORED,
): Values<P> {
  const names = Object.keys(parameters);
  if (args.length > names.length) {
    throw new CommandError(
      `${command} takes ${signature(names)}, but ${counted(args.length, "argument")} ${args.length === 1 ? "was" : "were"} given by position`,
    );
  }
  for (const name of Object.keys(kwargs)) {
    if (ignored.includes(name)) continue;
    if (!Object.hasOwn(parameters, name)) {
      throw new CommandError(
        `${command} has no argument ${quote(name)}; it takes ${signature(names)}`,
      );
    }
    if (args.length > 0 && names.indexOf(name) < args.length) {
      throw new CommandError(`${command} was given ${name} both by position and by name`);
    }
  }
  const values: { [name: string]: unknown } = {};
  names.forEach((name, position) => {
    const given = position < args.length ? args[position] : own(kwargs, name);
    values[name] = readValue(command, name, parameters[name]!, given);
  });
  return values as Values<P>;
}

function own(values: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function readValue(
  command: string,
  name: string,
  parameter: Parameter<unknown>,
  given: Json | undefined,
): unknown {
  if (given !== undefined) return parameter.read(given, name);
  if (parameter.fallback) return parameter.fallback.value;
  throw new CommandError(`${command} needs ${name}`);
}

function signature(names: readonly string[]): string {
  return names.length === 0 ? "no arguments" : names.join(", ");
}

/** A client's value as part of a message. */
export function describe(value: Json): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") {
    return Number.isFinite(value) ? String(value) : "NaN, infinite or too large";
  }
  if (value === null || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "a list" : "an object";
}
