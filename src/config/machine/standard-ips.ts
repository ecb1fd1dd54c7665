/** Addresses that follow from where a board is bolted in, by 32-bit IPv4 arithmetic. */

import ipaddr from "ipaddr.js";
import type { BoardCoordinate, BoardPosition } from "../../domain/board.js";
import type { FramePosition } from "../../domain/machine.js";
import { framePositionName, positionName } from "../../domain/names.js";
import type { Values } from "../fields/field.js";
import { notOneDevice } from "../fields/host.js";
import type { Problems } from "../fields/problems.js";
import type { STANDARD_ADDRESS_FIELDS } from "./machine-fields.js";

const LAST_ADDRESS = 0xffff_ffff;

export interface StandardIps {
  readonly bmpIps: (readonly [FramePosition, string])[];
  readonly spinnakerIps: (readonly [BoardCoordinate, string])[];
}

/**
 * BMP of (c, f): base + c·cabinetStride + f·frameStride + bmpOffset.
 * Board at (c, f, b): base + c·cabinetStride + f·frameStride + b·boardStride + spinnakerOffset.
 * Adds a problem for every result that cannot be the address of one device.
 */
export function standardIps(
  problems: Problems,
  addresses: Values<typeof STANDARD_ADDRESS_FIELDS>,
  boardLocations: readonly (readonly [BoardCoordinate, BoardPosition])[],
): StandardIps {
  const base = parseIpv4(addresses.baseIp);
  const cabinetStride = parseIpv4(addresses.cabinetStride);
  const frameStride = parseIpv4(addresses.frameStride);
  const boardStride = parseIpv4(addresses.boardStride);
  const bmpOffset = parseIpv4(addresses.bmpOffset);
  const spinnakerOffset = parseIpv4(addresses.spinnakerOffset);
  const address = (value: number, of: string): string => {
    const what = `the address of ${of} comes out`;
    if (value > LAST_ADDRESS) {
      problems.add(`${what} past 255.255.255.255; lower baseIp, a stride or an offset`);
      return "";
    }
    const text = formatIpv4(value);
    const oddity = notOneDevice(text);
    if (oddity !== null) {
      problems.add(`${what} as ${text} (${oddity}); change baseIp, a stride or an offset`);
    }
    return text;
  };

  const bmps = new Map<string, readonly [FramePosition, string]>();
  const spinnakerIps: (readonly [BoardCoordinate, string])[] = [];
  for (const [board, position] of boardLocations) {
    const [cabinet, frame, inFrame] = position;
    const start = base + cabinet * cabinetStride + frame * frameStride;
    const key = framePositionName([cabinet, frame]);
    if (!bmps.has(key)) {
      bmps.set(key, [[cabinet, frame], address(start + bmpOffset, `the BMP of ${key}`)]);
    }
    const own = start + inFrame * boardStride + spinnakerOffset;
    spinnakerIps.push([board, address(own, `the board in ${positionName(position)}`)]);
  }
  return { bmpIps: [...bmps.values()], spinnakerIps };
}

function parseIpv4(text: string): number {
  return ipaddr.IPv4.parse(text).octets.reduce((value, octet) => value * 256 + octet, 0);
}

function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".");
}
