/** Addresses that may not lead where they should. */
import type { MachineDescription } from "../../domain/machine.js";
import { framePositionName } from "../../domain/names.js";
import type { ConfigurationDescription } from "../description.js";
import { show } from "../fields/formatting.js";
import { canonicalHost, isLoopback, lacksZone } from "../fields/host.js";
import { type Device, deviceName, devicesOf } from "../machine/unique-addresses.js";
import { broadcastWarnings, type Network } from "./networks.js";

export function addressWarnings(
  { ip, machines }: ConfigurationDescription,
  networks: readonly Network[],
): string[] {
  const devices = devicesOf(machines);
  return [
    ...machines.flatMap(framesWithoutBoards),
    ...devices
      .filter(({ address }) => lacksZone(address))
      .map(
        (device) =>
          `${deviceName(device)} has the link-local address ${show(device.address)}, which leads nowhere without the interface; write it as "${device.address}%eth0", or use another address`,
      ),
    ...ownAddresses(ip, devices),
    ...localhosts(devices),
    ...broadcastWarnings(devices, networks),
  ];
}

/** `localhost` is 127.0.0.1 here; on many computers it is ::1 as well, or first. */
function localhosts(devices: readonly Device[]): string[] {
  const named = devices.find(({ address }) => /^localhost\.?$/i.test(address));
  const other = devices.find(({ address }) => canonicalHost(address) === "::1");
  if (named === undefined || other === undefined) return [];
  return [
    `${deviceName(named)} has the address ${show(named.address)}, which may be that of ${deviceName(other)}, ${show(other.address)}; write IP addresses for both`,
  ];
}

/** Devices at the very address that the server listens on; a simulator may be there, on the loopback. */
function ownAddresses(ip: string, devices: readonly Device[]): string[] {
  const own = canonicalHost(ip);
  if (ip === "" || isLoopback(own)) return [];
  return devices
    .filter(({ address }) => canonicalHost(address) === own)
    .map(
      (device) =>
        `${deviceName(device)} has the address ${show(device.address)}, and the server listens on it: ip is ${show(ip)}; correct one of them`,
    );
}

/** BMPs of frames that hold no board: a slip in the cabinet or the frame of one or the other. */
function framesWithoutBoards({ name, bmpIps, boardLocations }: MachineDescription): string[] {
  const used = new Set(boardLocations.map(([, [cabinet, frame]]) => `${cabinet}/${frame}`));
  return bmpIps
    .filter(([[cabinet, frame]]) => !used.has(`${cabinet}/${frame}`))
    .map(
      ([frame, address]) =>
        `machine ${show(name)}: bmpIps has ${framePositionName(frame)} (${show(address)}), but boardLocations has no board there; correct one of them, or delete the BMP`,
    );
}
