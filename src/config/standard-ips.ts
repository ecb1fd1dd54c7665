/** Addresses that follow from where a board is bolted in, by 32-bit IPv4 arithmetic. */

import ipaddr from "ipaddr.js";
import type { BoardCoordinate, BoardPosition } from "../domain/board.js";
import type { FramePosition } from "../domain/machine.js";
import { type Problems, show } from "./problems.js";

/** The addresses the arithmetic starts from; every cabinet, frame and board adds its stride. */
export const STANDARD_ADDRESSES = {
  baseIp: "192.168.0.0",
  cabinetStride: "0.0.5.0",
  frameStride: "0.0.1.0",
  boardStride: "0.0.0.8",
  bmpOffset: "0.0.0.0",
  spinnakerOffset: "0.0.0.1",
} as const;

export type StandardAddressField = keyof typeof STANDARD_ADDRESSES;

const LAST_ADDRESS = 0xffff_ffff;

export interface StandardIps {
  readonly bmpIps: (readonly [FramePosition, string])[];
  readonly spinnakerIps: (readonly [BoardCoordinate, string])[];
}

/**
 * BMP of (c, f): base + c·cabinetStride + f·frameStride + bmpOffset.
 * Board at (c, f, b): base + c·cabinetStride + f·frameStride + b·boardStride + spinnakerOffset.
 * Adds a problem for every malformed address and every result past 255.255.255.255.
 */
export function standardIps(
  problems: Problems,
  fields: Partial<Record<StandardAddressField, unknown>>,
  boardLocations: readonly (readonly [BoardCoordinate, BoardPosition])[],
): StandardIps {
  const number = (field: StandardAddressField): number => {
    const { [field]: value = STANDARD_ADDRESSES[field] } = fields;
    const parsed = typeof value === "string" ? parseIpv4(value) : null;
    if (parsed === null) {
      problems.add(
        `${field} is ${show(value)}; it must be an IPv4 address, four numbers of 0 to 255, such as "${STANDARD_ADDRESSES[field]}"`,
      );
    }
    return parsed ?? 0;
  };
  const base = number("baseIp");
  const cabinetStride = number("cabinetStride");
  const frameStride = number("frameStride");
  const boardStride = number("boardStride");
  const bmpOffset = number("bmpOffset");
  const spinnakerOffset = number("spinnakerOffset");
  const address = (value: number, of: string): string => {
    if (value <= LAST_ADDRESS) return formatIpv4(value);
    problems.add(
      `the address of ${of} comes out past 255.255.255.255; lower baseIp, a stride or an offset`,
    );
    return "";
  };

  const bmps = new Map<string, readonly [FramePosition, string]>();
  const spinnakerIps: (readonly [BoardCoordinate, string])[] = [];
  for (const [board, [cabinet, frame, inFrame]] of boardLocations) {
    const start = base + cabinet * cabinetStride + frame * frameStride;
    const key = `cabinet ${cabinet}, frame ${frame}`;
    if (!bmps.has(key)) {
      bmps.set(key, [[cabinet, frame], address(start + bmpOffset, `the BMP of ${key}`)]);
    }
    const own = start + inFrame * boardStride + spinnakerOffset;
    spinnakerIps.push([board, address(own, `the board in ${key}, board ${inFrame}`)]);
  }
  return { bmpIps: [...bmps.values()], spinnakerIps };
}

function parseIpv4(text: string): number | null {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text)) return null;
  return ipaddr.IPv4.parse(text).octets.reduce((value, octet) => value * 256 + octet, 0);
}

function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".");
}
