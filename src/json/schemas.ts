/** Schemas that several requests use. The message of each says what a value must be. */
import { z } from "zod";

/** A number in a range, ends included. */
export function number(from: number, to: number): z.ZodNumber {
  const error = `a number from ${from} to ${to}`;
  return z.number({ error }).min(from, { error }).max(to, { error });
}

/** A whole number in a range, ends included. */
export function wholeNumber(from: number, to?: number): z.ZodNumber {
  const error = `a whole number from ${from}${to === undefined ? "" : ` to ${to}`}`;
  const atLeast = z.number({ error }).int({ error }).min(from, { error });
  return to === undefined ? atLeast : atLeast.max(to, { error });
}
