/** Limits of which one keeps another from ever being reached. */
import type { ClientLimits } from "../client-limits.js";

/** The limit for one client, and the one for all that should not be below it. */
const PAIRS = [
  ["lineBytes", "totalBufferedBytes"],
  ["unsentBytes", "totalBufferedBytes"],
] as const satisfies readonly (readonly [keyof ClientLimits, keyof ClientLimits])[];

export function limitWarnings(limits: ClientLimits): string[] {
  return PAIRS.flatMap(([one, all]) =>
    limits[one] <= limits[all]
      ? []
      : [
          `clientLimits.${one} is ${limits[one]}, more than clientLimits.${all}, which is ${limits[all]} for all clients together: no client can ever use that much; raise ${all} or lower ${one}`,
        ],
  );
}
