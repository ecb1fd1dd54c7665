/** Limits of which one keeps another from ever being reached. */
import type { ClientLimits } from "../client-limits.js";

/**
 * A limit for one client, and one for many that should not be below it. That the limit of a host may be
 * above the one for all says that a host may have everything.
 */
const PAIRS = [
  ["lineBytes", "bufferedBytesPerHost"],
  ["unsentBytes", "bufferedBytesPerHost"],
  ["lineBytes", "totalBufferedBytes"],
  ["unsentBytes", "totalBufferedBytes"],
  ["watches", "watchesPerHost"],
  ["watches", "totalWatches"],
] as const satisfies readonly (readonly [keyof ClientLimits, keyof ClientLimits])[];

export function limitWarnings(limits: ClientLimits): string[] {
  return PAIRS.flatMap(([one, all]) =>
    limits[one] <= limits[all]
      ? []
      : [
          `clientLimits.${one} is ${limits[one]}, more than clientLimits.${all}, which is ${limits[all]} for ${all.endsWith("PerHost") ? "all clients of a host" : "all clients together"}: no client can ever use that much; raise ${all} or lower ${one}`,
        ],
  );
}
