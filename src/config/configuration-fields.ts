/** The fields of `new Configuration({…})`. */
import { clientLimits, STANDARD_CLIENT_LIMITS } from "./client-limits.js";
import type { Given, Table } from "./fields/field.js";
import { listenAddress } from "./fields/host.js";
import { countOf, seconds } from "./fields/numbers.js";
import { choice } from "./fields/text.js";
import { machines } from "./machine/machine-list.js";
import { QUEUE_POLICIES, type QueuePolicy } from "./queue-policy.js";

export const CONFIGURATION_FIELDS = {
  /**
   * The machines, highest priority first.
   * @default []
   */
  machines: { type: machines, default: [] },
  /**
   * Address to listen on; `""` is all interfaces.
   * @default ""
   */
  ip: { type: listenAddress, default: "" },
  /**
   * TCP port to listen on.
   * @deprecated Use the option `--port`, which takes precedence.
   */
  port: {
    type: countOf({ from: 1, to: 65535 }),
    default: null,
    deprecated: "use the option --port",
  },
  /**
   * Seconds between keepalive checks, which end the jobs whose keepalive is over.
   * @default 5
   */
  timeoutCheckInterval: { type: seconds({ aboveZero: true }), default: 5 },
  /**
   * Seconds that a job from before a start lives until a client shows interest in it again, if its
   * keepalive is shorter: clients that do not connect again would lose their jobs to a restart.
   * @default 3600
   */
  secondsOfGraceAfterStart: { type: seconds(), default: 3600 },
  /**
   * How many ended jobs are remembered, so that clients can still ask about them.
   * @default 1200
   */
  maxRetiredJobs: { type: countOf({ from: 0 }), default: 1200 },
  /**
   * `"overtake"` lets jobs start before older ones that do not fit, within `maxSecondsOvertaken`;
   * `"fifo"` starts the jobs that one host has created for a machine strictly in order.
   * @default "overtake"
   */
  queuePolicy: { type: choice(QUEUE_POLICIES), default: "overtake" as QueuePolicy },
  /**
   * How many seconds younger than a waiting job another of its host may be and still overtake it on a
   * machine that could hold either.
   * @default 3600
   */
  maxSecondsOvertaken: { type: seconds(), default: 3600 },
  /**
   * Cooldown: seconds after its power-off in which a board is given to nobody, and in which nothing
   * powers it on again, not even its own job. Boards that are switched too fast come up unstable.
   * @default 30
   */
  secondsBeforeFree: { type: seconds(), default: 30 },
  /**
   * Seconds between a power-on and the check of its boards.
   * @default 5
   */
  secondsToSettle: { type: seconds(), default: 5 },
  /**
   * Seconds before a failed BMP request is tried once more.
   * @default 15
   */
  secondsBeforeRetry: { type: seconds(), default: 15 },
  /**
   * Seconds the reply to a power-on may take before it counts as lost.
   * @default 10
   */
  secondsToPowerOn: { type: seconds({ aboveZero: true }), default: 10 },
  /**
   * Seconds the reply of a BMP to any other request may take before the request counts as lost and is
   * sent again.
   * @default 2
   */
  secondsToReply: { type: seconds({ aboveZero: true }), default: 2 },
  /**
   * How often boards of a job that has never been ready have to fail before the job ends when no
   * machine could hold it without withheld boards. Until then it waits for them.
   * @default 6
   */
  maxPlacementAttempts: { type: countOf({ from: 1, to: 1000 }), default: 6 },
  /**
   * Seconds in which the temperatures, voltages and fans of every board are read once, while its
   * BMP has nothing else to do; 0 is never.
   * @default 60
   */
  secondsBetweenHealthChecks: { type: seconds(), default: 60 },
  /**
   * Seconds between self-tests of a board in quarantine, longer after each that fails; 0 is no
   * self-tests, so that only an operator releases boards.
   * @default 300
   */
  secondsBetweenSelfTests: { type: seconds(), default: 300 },
  /**
   * How many self-tests in a row a board must pass to leave quarantine.
   * @default 3
   */
  selfTestsToRelease: { type: countOf({ from: 1, to: 1000 }), default: 3 },
  /**
   * Seconds that a stop of the server takes at most. What the BMPs have not done by then, the next
   * start orders again.
   * @default 10
   */
  secondsToStop: { type: seconds({ aboveZero: true }), default: 10 },
  /** What clients may take of the server. No honest client meets the defaults. */
  clientLimits: { type: clientLimits, default: STANDARD_CLIENT_LIMITS },
} satisfies Table;

/** Fields of `new Configuration({…})`; all may be left out. */
export type ConfigurationFields = Given<typeof CONFIGURATION_FIELDS>;
