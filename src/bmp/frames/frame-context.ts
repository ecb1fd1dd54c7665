/** What the queues of all frames share. */
import type { Log } from "../../engine/contract/log.js";
import type { BmpObservation, BmpTimes } from "../../engine/contract/ports.js";
import type { AddressBook } from "../exchange/address.js";
import type { Connections } from "../exchange/connections.js";
import type { Ending } from "../exchange/ending.js";
import type { ExchangeTimes } from "../times.js";

export interface FrameContext {
  readonly times: ExchangeTimes;
  /** How long the reply to anything but a power-on may take, as configured now. */
  readonly replyMs: () => number;
  readonly addresses: AddressBook;
  readonly connections: Connections;
  readonly ending: Ending;
  readonly log: Log;
  readonly onObservation: (observation: BmpObservation) => void;
  /** The times set last. */
  readonly currentTimes: () => BmpTimes;
  /** performance.now() of this start. */
  readonly startedMs: number;
  /**
   * performance.now() of this start, when the last server was killed: by then it was dead, but BMPs
   * may still be at work for it. Null when the last server was closed.
   */
  readonly startedAfterKillMs: number | null;
}
