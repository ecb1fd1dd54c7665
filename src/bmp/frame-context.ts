/** What the queues of all frames share. */
import type { Log } from "../engine/log.js";
import type { BmpNews } from "../engine/ports.js";
import type { AddressBook } from "./address.js";
import type { Lanes } from "./lanes.js";
import type { ExchangeTimes } from "./times.js";

export interface FrameContext {
  readonly port: number;
  readonly times: ExchangeTimes;
  readonly addresses: AddressBook;
  readonly lanes: Lanes;
  readonly log: Log;
  readonly onNews: (news: BmpNews) => void;
  /**
   * performance.now() before which a server that used these BMPs was killed, so that they may still
   * be at work for it; null when the last one ended in order.
   */
  readonly killedBefore: number | null;
}
