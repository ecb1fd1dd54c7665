/** How long the BMP layer waits for what. */
import type { BmpTimes } from "../engine/contract/ports.js";

/** Holds until the configuration's are set. */
export const DEFAULT_TIMES: BmpTimes = {
  settleMs: 5_000,
  retryMs: 15_000,
  powerOnMs: 10_000,
  healthMs: 0,
};

/** Times of the hardware. Only tests have reason to change them. */
export interface ExchangeTimes {
  /** How long the reply to anything but a power-on may take. */
  readonly replyMs: number;
  /** Between a refusal that is worth a retry and that retry. */
  readonly pauseMs: number;
  /** Between two questions whether a silent BMP is there again. */
  readonly silentProbeMs: number;
}

export const DEFAULT_EXCHANGE_TIMES: ExchangeTimes = {
  replyMs: 500,
  pauseMs: 100,
  silentProbeMs: 5_000,
};

/** Resolves when `ms` have passed. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** A wait that can be cut short; one at a time. */
export class Pause {
  #end: (() => void) | null = null;

  get isOn(): boolean {
    return this.#end !== null;
  }

  /** Resolves when `ms` have passed or {@link end} is called. */
  async wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#end = null;
  }

  end(): void {
    this.#end?.();
  }
}
