/**
 * Whether a BMP answers, as far as is known: reported once when it falls silent, and once when it is back.
 *
 *   unknown ──► answers ◄──► silent
 *      └────────────────────►┘
 */
import type { Log } from "../../engine/contract/log.js";
import type { BmpObservation } from "../../engine/contract/ports.js";
import { type Frame, nameOfFrame } from "./frame.js";

export class Silence {
  readonly #log: Log;
  readonly #report: (observation: BmpObservation) => void;
  #silentSince: Date | null = null;
  #known = false;

  constructor(log: Log, report: (observation: BmpObservation) => void) {
    this.#log = log;
    this.#report = report;
  }

  get isSilent(): boolean {
    return this.#silentSince !== null;
  }

  /** @param since when it was asked what it did not answer */
  noteSilence(frame: Frame, since: Date, reason: string): void {
    if (this.#silentSince !== null) return;
    this.#silentSince = since;
    this.#known = true;
    const { bmpAddress: bmp } = frame;
    const name = nameOfFrame(frame);
    this.#log.error(
      { bmp, since: since.toISOString() },
      `${name}: BMP ${bmp} has not answered since ${since.toISOString()}: ${reason}; ` +
        "check its power and network",
    );
    const observed = `${name}: BMP ${bmp} does not answer: ${reason}`;
    this.#report({ kind: "silent", bmp, reason: observed });
  }

  noteAnswer(frame: Frame): void {
    const since = this.#silentSince;
    if (this.#known && since === null) return;
    this.#silentSince = null;
    this.#known = true;
    const { bmpAddress: bmp } = frame;
    if (since !== null) {
      const seconds = Math.round((Date.now() - since.getTime()) / 1000);
      this.#log.warn(
        { bmp, since: since.toISOString() },
        `${nameOfFrame(frame)}: BMP ${bmp} answers again, after ${seconds} s of silence`,
      );
    }
    this.#report({ kind: "answering", bmp });
  }
}
