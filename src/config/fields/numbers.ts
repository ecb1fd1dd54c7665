/** Fields that are numbers in a range. */

import { counted } from "../../domain/counted.js";
import { type PlainType, plainType } from "./plain-type.js";

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** Whether only whole numbers will do. */
  readonly whole: boolean;
  /** Whether `min` itself is too small. */
  readonly aboveMin?: boolean;
  readonly unit?: "second" | "byte" | "triad";
}

export interface NumberType extends PlainType<number>, NumberRange {}

export function number(range: NumberRange): NumberType {
  const { min, max, whole, aboveMin = false, unit } = range;
  const is = (value: unknown): value is number =>
    typeof value === "number" &&
    (whole ? Number.isInteger(value) : Number.isFinite(value)) &&
    (aboveMin ? value > min : value >= min) &&
    value <= max;
  const showValue = (value: number): string => {
    if (unit === undefined) return String(value);
    return unit === "byte" ? showBytes(value) : counted(value, unit);
  };
  return { ...range, ...plainType(expectation(range), is, showValue) };
}

function expectation({ min, max, whole, aboveMin = false }: NumberRange): string {
  const kind = whole ? "a whole number" : "a number";
  if (max >= Number.MAX_SAFE_INTEGER) return `${kind}, ${min} or more`;
  return `${kind} ${aboveMin ? `above ${min}, at most ${max}` : `from ${min} to ${max}`}`;
}

const MIB = 1024 * 1024;

function showBytes(bytes: number): string {
  return bytes >= MIB && bytes % MIB === 0 ? `${bytes / MIB} MiB` : counted(bytes, "byte");
}

/** A little under 2^31 ms, the longest time a timer can be set to. */
const MAX_SECONDS = 2_000_000;

/** A time, fractions of a second included. */
export function seconds({ aboveZero = false } = {}): NumberType {
  return number({ min: 0, max: MAX_SECONDS, whole: false, aboveMin: aboveZero, unit: "second" });
}

/** A whole number of things. */
export function countOf(range: { readonly from: number; readonly to?: number }): NumberType {
  return number({ min: range.from, max: range.to ?? Number.MAX_SAFE_INTEGER, whole: true });
}

export function bytes(range: { readonly from: number; readonly to?: number }): NumberType {
  return {
    ...number({
      min: range.from,
      max: range.to ?? Number.MAX_SAFE_INTEGER,
      whole: true,
      unit: "byte",
    }),
  };
}
