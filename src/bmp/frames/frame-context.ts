/** What the queues of all frames share. */
import type { Log } from "../../engine/contract/log.js";
import type { BmpObservation } from "../../engine/contract/ports.js";
import type { AddressBook } from "../exchange/address.js";
import type { AddressLock } from "../exchange/address-lock.js";
import type { ExchangeTimes } from "../times.js";

export interface FrameContext {
  readonly port: number;
  readonly times: ExchangeTimes;
  readonly addresses: AddressBook;
  readonly addressLock: AddressLock;
  readonly log: Log;
  readonly onObservation: (observation: BmpObservation) => void;
  /**
   * performance.now() before which a server that used these BMPs was killed, so that they may still
   * be at work for it; null when the last one ended in order.
   */
  readonly killedBefore: number | null;
}
