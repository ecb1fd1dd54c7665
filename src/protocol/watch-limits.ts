/** How much may be watched: by one connection, by all of a host, and in all. */
import type { ClientLimits } from "../config/client-limits.js";
import type { HostCounts } from "../domain/host-counts.js";
import { isLeftForOthers } from "./hosts/left-for-others.js";

/**
 * What stands in the way of one more watch; null when nothing does.
 *
 * @param own - How much of the same kind the connection watches.
 * @param weight - What it counts as for its host, and in all.
 */
export function watchLimit(
  own: number,
  weight: number,
  host: string,
  counts: HostCounts,
  limits: ClientLimits,
): string | null {
  if (own >= limits.watches) {
    return `this connection already watches ${own}; the limit is ${limits.watches} (clientLimits.watches)`;
  }
  const ofHost = counts.of(host);
  if (ofHost + weight > limits.watchesPerHost) {
    return `clients of ${host} already watch ${ofHost}; the limit is ${limits.watchesPerHost} for each host (clientLimits.watchesPerHost)`;
  }
  const { total } = counts;
  if (total + weight > limits.totalWatches) {
    return `all clients already watch ${total}; the limit is ${limits.totalWatches} (clientLimits.totalWatches)`;
  }
  if (
    isLeftForOthers(ofHost, total, { perHost: limits.watchesPerHost, total: limits.totalWatches })
  ) {
    return `all clients already watch ${total}; the limit is ${limits.totalWatches} (clientLimits.totalWatches), and what is left is for hosts with fewer than the ${ofHost} of ${host}`;
  }
  return null;
}
