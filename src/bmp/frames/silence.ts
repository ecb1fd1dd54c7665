/**
 * Whether a BMP answers, as far as is known: told once when it falls silent, and once when it is back.
 *
 *   unknown ──► answers ◄──► silent
 *      └────────────────────►┘
 */
import type { Log } from "../../engine/contract/log.js";
import type { BmpObservation } from "../../engine/contract/ports.js";

export class SilenceWatch {
  readonly #host: string;
  readonly #log: Log;
  readonly #tell: (observation: BmpObservation) => void;
  #silentSince: Date | null = null;
  #known = false;

  constructor(host: string, log: Log, report: (observation: BmpObservation) => void) {
    this.#host = host;
    this.#log = log;
    this.#tell = report;
  }

  get isSilent(): boolean {
    return this.#silentSince !== null;
  }

  /** @param since when it was asked what it did not answer */
  silent(frameName: string, since: Date, reason: string): void {
    if (this.#silentSince !== null) return;
    this.#silentSince = since;
    this.#known = true;
    const bmp = this.#host;
    this.#log.error(
      { bmp, since: since.toISOString() },
      `${frameName}: BMP ${bmp} is silent since ${since.toISOString()}: ${reason}`,
    );
    this.#tell({
      kind: "silent",
      bmp,
      reason: `${frameName} (BMP ${bmp}): the BMP does not answer: ${reason}`,
    });
  }

  answered(frameName: string): void {
    const since = this.#silentSince;
    if (this.#known && since === null) return;
    this.#silentSince = null;
    this.#known = true;
    const bmp = this.#host;
    if (since !== null) {
      const seconds = Math.round((Date.now() - since.getTime()) / 1000);
      this.#log.warn(
        { bmp, since: since.toISOString() },
        `${frameName}: BMP ${bmp} answers again, it was silent for ${seconds} s`,
      );
    }
    this.#tell({ kind: "answering", bmp });
  }
}
