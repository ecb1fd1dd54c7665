/** How long the BMP layer waits for what, and the waiting. */
import type { BmpTimes } from "../engine/contract/ports.js";

/** In force until the configuration's times are set. */
export const DEFAULT_TIMES: BmpTimes = {
  settleMs: 5_000,
  retryMs: 15_000,
  powerOnMs: 10_000,
  replyMs: 2_000,
  pauseMs: 30_000,
  healthMs: 0,
};

/** Times of the hardware. Only tests have reason to change them. */
export interface ExchangeTimes {
  /** A BMP whose replies take longer is slow. */
  readonly slowMs: number;
  /** Between a refusal that is worth a retry and that retry. */
  readonly pauseMs: number;
  /** From one ping of a silent BMP to the next. */
  readonly silentPingMs: number;
}

export const DEFAULT_EXCHANGE_TIMES: ExchangeTimes = {
  slowMs: 500,
  pauseMs: 100,
  silentPingMs: 5_000,
};

/** Resolves when `ms` have passed. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Resolves in the next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A wait that can be cut short; one at a time. */
export class InterruptibleWait {
  #interruptWait: (() => void) | null = null;

  get isWaiting(): boolean {
    return this.#interruptWait !== null;
  }

  /** Resolves when `ms` have passed or {@link interrupt} is called. */
  async wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#interruptWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#interruptWait = null;
  }

  interrupt(): void {
    this.#interruptWait?.();
  }
}
