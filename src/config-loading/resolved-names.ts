/** What the name service says of the host names of a configuration: for `check`, not for a start. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { show } from "../config/fields/formatting.js";
import { canonicalHost } from "../config/fields/host.js";
import { type Device, deviceName, devicesOf } from "../config/machine/unique-addresses.js";
import { listed } from "../config/warnings/warnings.js";
import type { MachineDescription } from "../domain/machine.js";

/** As the server resolves them: IPv4 first. */
const preferringIpv4 = async (name: string) => (await lookup(name, { verbatim: false })).address;

const LIMIT_MS = 5_000;
/** Lookups at a time. */
const AT_ONCE = 4;

interface ResolvedNamesOptions {
  /** Rejects when the name service has no answer. */
  readonly lookUp?: (name: string) => Promise<string>;
  readonly limitMs?: number;
}

/**
 * One a line: devices whose names lead to the address of another, and names that cannot be resolved here
 * within the time limit. Addresses alone are compared when the configuration is made.
 */
export async function resolvedNameWarnings(
  machines: readonly MachineDescription[],
  { lookUp = preferringIpv4, limitMs = LIMIT_MS }: ResolvedNamesOptions = {},
): Promise<string[]> {
  const devices = devicesOf(machines);
  const names = [...new Set(devices.map(({ address }) => address).filter(isName))];
  const found = await resolveAll(names, lookUp, limitMs);
  return [sharedAddresses(devices, found), unresolved(names, found, limitMs)].flatMap(listed);
}

const isName = (address: string) => isIP(canonicalHost(address)) === 0;

async function resolveAll(
  names: readonly string[],
  lookUp: (name: string) => Promise<string>,
  limitMs: number,
): Promise<ReadonlyMap<string, string | Error>> {
  const found = new Map<string, string | Error>();
  const waiting = [...names];
  let isLate = false;
  const resolveNext = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined && !isLate; name = waiting.shift()) {
      const outcome = await lookUp(name).catch((error: Error) => error);
      if (!isLate) found.set(name, outcome);
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([late, Promise.all(Array.from({ length: AT_ONCE }, resolveNext))]);
  clearTimeout(timer);
  isLate = true;
  return found;
}

function sharedAddresses(
  devices: readonly Device[],
  found: ReadonlyMap<string, string | Error>,
): string[] {
  const taken = new Map<string, Device>();
  return devices.flatMap((device) => {
    const ip = isName(device.address) ? found.get(device.address) : device.address;
    if (typeof ip !== "string") return [];
    const other = taken.get(canonicalHost(ip));
    if (other === undefined) {
      taken.set(canonicalHost(ip), device);
      return [];
    }
    const [named, there] = isName(device.address) ? [device, other] : [other, device];
    const also = isName(there.address) ? ` (as does ${show(there.address)})` : "";
    return [
      `${deviceName(named)} has the address ${show(named.address)}, which resolves to ${ip}${also}, the address of ${deviceName(there)}; no two may have the same address`,
    ];
  });
}

function unresolved(
  names: readonly string[],
  found: ReadonlyMap<string, string | Error>,
  limitMs: number,
): string[] {
  return names.flatMap((name) => {
    const outcome = found.get(name);
    if (typeof outcome === "string") return [];
    const reason = outcome?.message ?? `no answer from the name service in ${limitMs / 1000} s`;
    return [
      `the host name ${show(name)} could not be resolved: ${reason}. If it can be where the server runs, all is well`,
    ];
  });
}
