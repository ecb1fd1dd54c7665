/** Tells the operator once that a BMP is silent, and once that it is back. */
import type { Log } from "../engine/log.js";

export class SilenceWatch {
  readonly #host: string;
  readonly #log: Log;
  #silentSince: Date | null = null;

  constructor(host: string, log: Log) {
    this.#host = host;
    this.#log = log;
  }

  /** @param since when it was asked what it did not answer */
  silent(frameName: string, since: Date, reason: string): void {
    if (this.#silentSince !== null) return;
    this.#silentSince = since;
    this.#log.error(
      { bmp: this.#host, since: since.toISOString() },
      `${frameName}: BMP ${this.#host} is silent since ${since.toISOString()}: ${reason}`,
    );
  }

  answered(frameName: string): void {
    const since = this.#silentSince;
    if (since === null) return;
    this.#silentSince = null;
    const seconds = Math.round((Date.now() - since.getTime()) / 1000);
    this.#log.warn(
      { bmp: this.#host, since: since.toISOString() },
      `${frameName}: BMP ${this.#host} answers again, it was silent for ${seconds} s`,
    );
  }
}
