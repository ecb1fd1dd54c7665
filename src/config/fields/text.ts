/** Fields that are strings: names, choices, host names and addresses. */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { show } from "./formatting.js";
import { type PlainType, plainType } from "./plain-type.js";

export const nonEmptyString = plainType(
  "a string that is not empty",
  (value): value is string => typeof value === "string" && value !== "",
);

export interface ChoiceType<T extends string> extends PlainType<T> {
  readonly choices: readonly T[];
}

export function choice<T extends string>(choices: readonly T[]): ChoiceType<T> {
  const expected = choices.map((one) => show(one)).join(" or ");
  const is = (value: unknown): value is T => choices.some((one) => one === value);
  return { choices, ...plainType(expected, is, (value) => value) };
}

export const host = plainType('a host name or an IP address such as "192.168.0.1"', isHost);

/** An address of this computer, or empty for all of them. */
export const listenAddress = plainType(
  'an address of this computer such as "127.0.0.1", or "" for all interfaces',
  (value): value is string => value === "" || isHost(value),
  (address) => (address === "" ? "all interfaces" : address),
);

export function ipv4Address(example: string): PlainType<string> {
  return plainType(
    `an IPv4 address, four numbers of 0 to 255, such as ${show(example)}`,
    (value): value is string =>
      typeof value === "string" && ipaddr.IPv4.isValidFourPartDecimal(value),
    (address) => address,
  );
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?$/i;

/** Digits and dots only: meant as an IPv4 address, never a host name. */
const NUMBERS_AND_DOTS = /^[0-9.]+$/;

/** Whether a string can be a host name, an IPv4 or an IPv6 address. */
function isHost(value: unknown): value is string {
  if (typeof value !== "string") return false;
  if (isIP(value) !== 0) return true;
  return HOST_NAME.test(value) && !NUMBERS_AND_DOTS.test(value);
}
