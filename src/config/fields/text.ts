/** Fields that are strings: names, choices and IPv4 addresses. */
import ipaddr from "ipaddr.js";
import { show } from "./formatting.js";
import { type PlainType, plainType } from "./plain-type.js";

/** What people type and programs print; line breaks and spaces around it would be seen by nobody. */
export const label = plainType(
  "a string that is not empty, without control characters and without spaces around it",
  (value): value is string =>
    typeof value === "string" && value !== "" && value === value.trim() && !CONTROL.test(value),
);

/** Control characters, line separators, and those that turn the direction of the text around them. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\p{Cs}]/u;

export interface ChoiceType<T extends string> extends PlainType<T> {
  readonly choices: readonly T[];
}

export function choice<T extends string>(choices: readonly T[]): ChoiceType<T> {
  const expected = choices.map((one) => show(one)).join(" or ");
  const is = (value: unknown): value is T => choices.some((one) => one === value);
  return { choices, ...plainType(expected, is, (value) => value) };
}

export function ipv4Address(example: string): PlainType<string> {
  return plainType(
    `an IPv4 address, four numbers of 0 to 255, such as ${show(example)}`,
    (value): value is string =>
      typeof value === "string" && ipaddr.IPv4.isValidFourPartDecimal(value),
    (address) => address,
  );
}
