/**
 * The plain description that a configuration file boils down to: structured-cloneable, checked,
 * defaults filled in. It is all that crosses from the config worker to the rest of the server.
 */
import type { MachineDescription } from "../domain/machine.js";
import type { ClientLimits } from "./client-limits.js";

export const QUEUE_POLICIES = ["overtake", "fifo"] as const;
export type QueuePolicy = (typeof QUEUE_POLICIES)[number];

export interface ConfigurationDescription {
  /** Highest priority first. */
  readonly machines: readonly MachineDescription[];
  /** Address to listen on; empty for all interfaces. */
  readonly ip: string;
  /** The deprecated `port` field, null where the file does not set it. */
  readonly port: number | null;
  /** Seconds between sweeps for jobs whose keepalive ran out. */
  readonly timeoutCheckInterval: number;
  /** How many destroyed jobs stay queryable. */
  readonly maxRetiredJobs: number;
  /** Whether jobs may start before older ones of their machine that do not fit. */
  readonly queuePolicy: QueuePolicy;
  /** How many seconds younger than a waiting job one may at most be that starts before it. */
  readonly maxSecondsOvertaken: number;
  /** Seconds a board rests after its power-off before it can be allocated again. */
  readonly secondsBeforeFree: number;
  /** Seconds between the reply to a power-on and the check of its boards. */
  readonly secondsToSettle: number;
  /** Seconds before a failed BMP request is tried once more. */
  readonly secondsBeforeRetry: number;
  /** Seconds the reply to a power-on may take before it counts as lost. */
  readonly secondsToPowerOn: number;
  /** How often a job that was never ready is placed before failing boards end it. */
  readonly maxPlacementAttempts: number;
  /** Seconds in which the health of each board is read once; 0: never. */
  readonly secondsBetweenHealthChecks: number;
  /** Seconds between self-tests of a board in quarantine; 0: none. */
  readonly secondsBetweenSelfTests: number;
  /** Self-tests in a row that a board must pass to leave quarantine. */
  readonly selfTestsToRelease: number;
  readonly clientLimits: ClientLimits;
}
