/** What a configuration says about times and limits. */
import type { ConfigurationDescription } from "../../config/description.js";
import type { BmpTimes } from "../contract/ports.js";
import { SETTINGS, type Setting } from "../contract/reload-plan.js";
import { queuePolicyOf } from "../queue/policies.js";
import type { QueuePolicy } from "../queue/queue-policy.js";

type ConfiguredSettings = Pick<ConfigurationDescription, Setting>;

/** In the engine's units. */
export interface Settings {
  readonly keepaliveCheckMs: number;
  /** How long jobs from before the start live without being touched, if their keepalive is shorter. */
  readonly graceMs: number;
  readonly cooldownMs: number;
  readonly maxEndedJobs: number;
  readonly queuePolicy: QueuePolicy;
  /** How often a job that was never ready is placed before failing boards end it. */
  readonly maxPlacements: number;
  /** Between self-tests of a board in quarantine; 0: none. */
  readonly selfTestMs: number;
  /** Self-tests in a row that a board must pass to be released. */
  readonly selfTestsToRelease: number;
  readonly bmpTimes: BmpTimes;
  /** What they were made of; empty until the engine is started. */
  readonly configured: ReadonlyMap<Setting, number | string>;
}

/** Holds until the engine is started. */
export const UNCONFIGURED: Settings = {
  keepaliveCheckMs: 0,
  graceMs: 0,
  cooldownMs: 0,
  maxEndedJobs: 0,
  queuePolicy: queuePolicyOf({ queuePolicy: "fifo", maxSecondsOvertaken: 0 }),
  maxPlacements: 1,
  selfTestMs: 0,
  selfTestsToRelease: 1,
  bmpTimes: { settleMs: 0, retryMs: 0, powerOnMs: 0, replyMs: 0, pauseMs: 0, healthMs: 0 },
  configured: new Map(),
};

export function settingsOf(configured: ConfiguredSettings): Settings {
  return {
    keepaliveCheckMs: configured.timeoutCheckInterval * 1000,
    graceMs: configured.secondsOfGraceAfterStart * 1000,
    cooldownMs: configured.secondsBeforeFree * 1000,
    maxEndedJobs: configured.maxRetiredJobs,
    queuePolicy: queuePolicyOf(configured),
    maxPlacements: configured.maxPlacementAttempts,
    selfTestMs: configured.secondsBetweenSelfTests * 1000,
    selfTestsToRelease: configured.selfTestsToRelease,
    bmpTimes: {
      settleMs: configured.secondsToSettle * 1000,
      retryMs: configured.secondsBeforeRetry * 1000,
      powerOnMs: configured.secondsToPowerOn * 1000,
      replyMs: configured.secondsToReply * 1000,
      pauseMs: configured.secondsBeforeFree * 1000,
      healthMs: configured.secondsBetweenHealthChecks * 1000,
    },
    configured: new Map(SETTINGS.map((setting) => [setting, configured[setting]])),
  };
}
