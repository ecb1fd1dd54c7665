/** How long the BMP layer waits for what. */

/** Times that come from the configuration; see setTimes of the engine's BmpPort. */
export interface OrderTimes {
  /** Between the reply to a power-on and the check of its boards. */
  readonly settleMs: number;
  /** Before a failed request is tried once more, as a whole. */
  readonly retryMs: number;
}

export const DEFAULT_ORDER_TIMES: OrderTimes = { settleMs: 5_000, retryMs: 15_000 };

/** Times of the hardware. Only tests have reason to change them. */
export interface ExchangeTimes {
  /** How long the reply to anything but a power-on may take. */
  readonly replyMs: number;
  /** How long the reply to a power-on may take: the BMP loads the FPGAs of board 0 first. */
  readonly powerOnReplyMs: number;
  /** Between a refusal that is worth a retry and that retry. */
  readonly pauseMs: number;
}

export const DEFAULT_EXCHANGE_TIMES: ExchangeTimes = {
  replyMs: 500,
  powerOnReplyMs: 10_000,
  pauseMs: 100,
};

/** Resolves when `ms` have passed. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
