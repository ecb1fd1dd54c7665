/** No two devices of a configuration have the same address, whatever they are and however it is spelt. */
import type { BoardCoordinate } from "../../domain/board.js";
import type { FramePosition, MachineDescription } from "../../domain/machine.js";
import { framePositionName, tupleText } from "../../domain/names.js";
import { show } from "../fields/formatting.js";
import { canonicalHost } from "../fields/host.js";
import type { Problems } from "../fields/problems.js";

/** A BMP or a board, and its address as the file spells it. */
export interface Device {
  readonly machine: string;
  readonly address: string;
  /** The frame of a BMP, or the coordinates of a board. */
  readonly at: FramePosition | BoardCoordinate;
}

type Addressed = Pick<MachineDescription, "name" | "bmpIps" | "spinnakerIps">;

export function devicesOf(machines: readonly Addressed[]): Device[] {
  return machines.flatMap(({ name, bmpIps, spinnakerIps }) =>
    [...bmpIps, ...spinnakerIps].map(([at, address]) => ({ machine: name, address, at })),
  );
}

/** "the BMP of cabinet 0, frame 3 of machine "spin"", "board [3, 1, 2] of machine "spin"". */
export function deviceName({ machine, at }: Device): string {
  const device = at.length === 2 ? `the BMP of ${framePositionName(at)}` : `board ${tupleText(at)}`;
  return `${device} of machine ${show(machine)}`;
}

export function checkAddresses(problems: Problems, machines: readonly Addressed[]): void {
  const taken = new Map<string, Device>();
  for (const device of devicesOf(machines)) {
    const key = canonicalHost(device.address);
    const other = taken.get(key);
    if (other === undefined) taken.set(key, device);
    else problems.add(`${sameAddress(device, other)}; no two may have the same address`);
  }
}

function sameAddress(device: Device, other: Device): string {
  const { address } = device;
  const otherwise = other.address === address ? "" : `, spelt ${show(other.address)} there`;
  return `${deviceName(device)} has the address ${show(address)}, which is that of ${deviceName(other)}${otherwise}`;
}
