/**
 * How many files and sockets the server needs to have open, and whether the system lets it. Counted before
 * anything is opened: where they run out, modules seem missing and BMPs silent.
 */
import type { ConfigurationDescription } from "../../config/description.js";
import { counted } from "../../domain/counted.js";
import { openFilesLimit } from "../../protocol/connection/open-files.js";
import { usualSearchThreads } from "../../search-pool/threads.js";

/** Of the process: what Node has open, standard streams, log, listening socket, state and its lock. */
const OF_PROCESS = 36;
/** Of each thread that searches, and of the BMP worker. */
const OF_THREAD = 6;
/** Pipes to the config process. */
const OF_CONFIG_PROCESS = 8;
/** For operators and readers of the state, and for files that are read for a moment. */
const FOR_OTHERS = 16;
/** With fewer clients there is no point in a server. */
const FEWEST_CLIENTS = 32;

type Bmps = Pick<ConfigurationDescription, "machines">;

/** A BMP has one socket at a time. */
export function bmpCount({ machines }: Bmps): number {
  const addresses = machines.flatMap(({ bmpIps }) => bmpIps.map(([, address]) => address));
  return new Set(addresses).size;
}

/** Files and sockets of the server that are no client's. @param configuration none when it is not known yet */
export function ownFiles(configuration: Bmps = { machines: [] }): number {
  const threads = usualSearchThreads() + 1;
  const others = OF_PROCESS + OF_CONFIG_PROCESS + FOR_OTHERS;
  return others + threads * OF_THREAD + bmpCount(configuration);
}

/** Why it is too few that the system allows, and what to do; null when it suffices, or is not known. */
export function tooFewFiles(
  configuration: Bmps = { machines: [] },
  limit: number | null = openFilesLimit(),
): string | null {
  const needed = ownFiles(configuration) + FEWEST_CLIENTS;
  if (limit === null || limit >= needed) return null;
  const bmps = bmpCount(configuration);
  const own = ownFiles(configuration) - bmps;
  const forBmps = bmps === 0 ? "" : `, ${bmps} for ${counted(bmps, "BMP")}`;
  return `this process may open ${limit} files, and the server needs ${needed}: ${own} for itself${forBmps}, and ${FEWEST_CLIENTS} for clients at the least. Raise that limit to ${needed} and one for each further client (ulimit -n, LimitNOFILE= of systemd, --ulimit nofile= of a container)`;
}
