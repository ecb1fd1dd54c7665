/** Broadcast addresses of the networks that this computer is in: no socket may send to them. */
import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import { show } from "../fields/formatting.js";
import { type Device, deviceName } from "../machine/unique-addresses.js";

/** An IPv4 network, and the interface that leads to it. */
export interface Network {
  readonly interfaceName: string;
  readonly address: string;
  readonly netmask: string;
}

/** None where the system does not show them, as a service with few privileges may find. */
export function localNetworks(interfaces = networkInterfaces): Network[] {
  let all: ReturnType<typeof networkInterfaces>;
  try {
    all = interfaces();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_SYSTEM_ERROR") return [];
    throw error;
  }
  return Object.entries(all).flatMap(([interfaceName, addresses = []]) =>
    addresses
      .filter(({ address }) => isIPv4(address))
      .map(({ address, netmask }) => ({ interfaceName, address, netmask })),
  );
}

export function broadcastWarnings(
  devices: readonly Device[],
  networks: readonly Network[],
): string[] {
  const broadcasts = new Map(
    networks.flatMap(({ interfaceName, address, netmask }) => {
      const hostBits = ~numberOf(netmask) >>> 0;
      // A network of one or two addresses has none.
      return hostBits < 3 ? [] : [[(numberOf(address) | hostBits) >>> 0, interfaceName] as const];
    }),
  );
  return devices.flatMap((device) => {
    const { address } = device;
    const at = isIPv4(address) ? broadcasts.get(numberOf(address)) : undefined;
    if (at === undefined) return [];
    return [
      `${deviceName(device)} has the address ${show(address)}, the broadcast address of this computer's network at ${at}, to which the server cannot send; correct it`,
    ];
  });
}

function numberOf(ipv4: string): number {
  return ipv4.split(".").reduce((value, part) => ((value << 8) | Number(part)) >>> 0, 0);
}
