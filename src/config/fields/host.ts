/** Names and IP addresses of single devices, in spellings that every program reads alike. */
import { isIP, isIPv4, isIPv6, SocketAddress } from "node:net";
import ipaddr from "ipaddr.js";
import { show } from "./formatting.js";
import { plainType } from "./plain-type.js";

export const host = plainType(
  'a host name or an IP address such as "192.168.0.1"',
  isHost,
  show,
  oddityOfHost,
);

/** An address of this computer, or empty for all of them. */
export const listenAddress = plainType(
  'an address of this computer such as "127.0.0.1", or "" for all interfaces',
  (value): value is string => value === "" || isUnspecified(value) || isHost(value),
  (address) => (address === "" ? "all interfaces" : address),
  oddityOfHost,
);

/** One spelling for the many of a host name or IP address. */
export function canonicalHost(address: string): string {
  // Of an IPv4 address that is allowed there is only one.
  if (isIPv4(address)) return address;
  if (isIPv6(address)) return canonicalIpv6(address);
  const name = address.toLowerCase().replace(/\.$/, "");
  return name === "localhost" ? "127.0.0.1" : name;
}

/** As sockets read it. An IPv4 address within IPv6 is written as IPv4, for it is the same device. */
function canonicalIpv6(address: string): string {
  const [plain = "", zone] = address.split("%", 2);
  const text = new SocketAddress({ address: plain, family: "ipv6" }).address;
  const mapped = /^::ffff:(?<ipv4>[\d.]+)$/.exec(text)?.groups?.["ipv4"];
  return mapped ?? (zone === undefined ? text : `${text}%${zone}`);
}

/** An IPv6 address that means another device on each network, and does not say which is meant. */
export function lacksZone(address: string): boolean {
  return isIPv6(address) && /^fe[89ab][0-9a-f]:[^%]*$/.test(canonicalIpv6(address));
}

export function isLoopback(address: string): boolean {
  return isIP(address) !== 0 && /^(127\.|::1$)/.test(canonicalHost(address));
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?$/i;

/**
 * The end of what programs read as an IPv4 address, or as none. With letters, too: getaddrinfo of C
 * libraries, and so Node, takes `0x7f.1` for 127.0.0.1 and asks no name service.
 */
const ENDS_IN_NUMBER = /(^|\.)(\d+|0x[0-9a-f]*)\.?$/i;

function isHost(value: unknown): value is string {
  if (typeof value !== "string") return false;
  if (isIP(value) !== 0) return notOneDevice(value) === null;
  return HOST_NAME.test(value) && !ENDS_IN_NUMBER.test(value);
}

function isUnspecified(value: unknown): boolean {
  if (typeof value !== "string") return false;
  return value === "0.0.0.0" || (isIPv6(value) && canonicalIpv6(value) === "::");
}

/** Why an IP address is not that of one device; null if it may be. */
export function notOneDevice(address: string): string | null {
  const text = canonicalHost(address);
  if (isIPv6(text)) {
    if (/^ff[0-9a-f]{2}:/.test(text)) return "a multicast address";
    return /^::(%|$)/.test(text) ? "which stands for any address" : null;
  }
  const first = Number.parseInt(text, 10);
  if (first === 0) return "which stands for any address, as all that begin with 0 do";
  if (first >= 224 && first < 240) return "a multicast address";
  if (text === "255.255.255.255" || text === "127.255.255.255") return "a broadcast address";
  return first >= 240 ? "a reserved address, as all from 240.0.0.0 are" : null;
}

const WITH_PORT = /^(?<host>\[.*\]|[^:]*):\d+$/;

/** What is odd about a value that looks like an address or a name, but is not allowed as one. */
function oddityOfHost(value: unknown): string | null {
  if (typeof value !== "string") return null;
  if (isIP(value) !== 0) return notOneDevice(value);
  if (value !== value.trim()) return "with white space around it";
  if (WITH_PORT.test(value)) return "with a port, which does not belong there";
  if (/^\[.*\]$/.test(value)) return "with brackets, which do not belong there";
  if (!HOST_NAME.test(value) || !ENDS_IN_NUMBER.test(value)) return null;
  return ipaddr.IPv4.isValid(value)
    ? `an unusual spelling, which many programs read as ${ipaddr.IPv4.parse(value).toString()}`
    : "which ends in a number, as host names never do";
}
