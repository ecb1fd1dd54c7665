/** Reading the named fields of a configuration object: which there are, numbers, hosts. */
import { isIP } from "node:net";
import { nearest } from "./nearest-name.js";
import { type Problems, show } from "./problems.js";

/**
 * The fields of an object a configuration file passed, each still to be checked. Adds a problem for
 * what is no object and for every field that does not exist, with the likely one if there is one.
 */
export function readFields<Name extends string>(
  problems: Problems,
  value: unknown,
  names: readonly Name[],
): Partial<Record<Name, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.add(
      `${show(value)} was given where an object with fields is needed: { ${names[0]}: … }`,
    );
    return {};
  }
  for (const name of Object.keys(value)) {
    if (names.some((known) => known === name)) continue;
    const meant = nearest(name, names);
    problems.add(
      meant === null
        ? `there is no field ${name}; the fields are ${names.join(", ")}`
        : `there is no field ${name}; did you mean ${meant}?`,
    );
  }
  return value as Partial<Record<Name, unknown>>;
}

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** Whether only whole numbers will do. */
  readonly whole: boolean;
  /** Whether `min` itself is too small. */
  readonly aboveMin?: boolean;
}

/** A number in a range, or `whenAbsent` if the field is not set. Adds a problem for anything else. */
export function readNumber<Absent>(
  problems: Problems,
  field: string,
  value: unknown,
  { min, max, whole, aboveMin = false }: NumberRange,
  whenAbsent: Absent,
): number | Absent {
  if (value === undefined) return whenAbsent;
  const fits =
    typeof value === "number" &&
    (whole ? Number.isInteger(value) : Number.isFinite(value)) &&
    (aboveMin ? value > min : value >= min) &&
    value <= max;
  if (fits) return value;
  const kind = whole ? "a whole number" : "a number";
  const from = aboveMin ? `above ${min}, at most ${max}` : `from ${min} to ${max}`;
  problems.add(`${field} is ${show(value)}; it must be ${kind} ${from}`);
  return whenAbsent;
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?$/i;

/** Digits and dots only: meant as an IPv4 address, never a host name. */
const NUMBERS_AND_DOTS = /^[0-9.]+$/;

/** Whether a string can be a host name, an IPv4 or an IPv6 address. */
export function isHost(value: unknown): value is string {
  if (typeof value !== "string") return false;
  if (isIP(value) !== 0) return true;
  return HOST_NAME.test(value) && !NUMBERS_AND_DOTS.test(value);
}
