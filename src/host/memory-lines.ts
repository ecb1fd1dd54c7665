/** What the limits of clients come to, and whether the process has that much. */
import { getHeapStatistics } from "node:v8";
import type { Logger } from "pino";
import type { ConfigurationDescription } from "../config/description.js";
import { memoryNeeded, memoryText, mib } from "../config/memory-needed.js";

export function tellMemory(
  configuration: ConfigurationDescription,
  log: Pick<Logger, "info" | "warn">,
  heapLimit = getHeapStatistics().heap_size_limit,
): void {
  const needed = memoryNeeded(configuration);
  const { heapBytes } = needed;
  log.info({ ...needed, heapLimit }, `under all its limits the server needs ${memoryText(needed)}`);
  if (heapBytes <= heapLimit) return;
  log.warn(
    { heapBytes, heapLimit },
    `clients can make the server need ${mib(heapBytes)} MiB of JavaScript heap, and Node gives it ${mib(heapLimit)} MiB: ` +
      `raise that (NODE_OPTIONS=--max-old-space-size=${mib(heapBytes)}) or lower clientLimits`,
  );
}
