/**
 * How fast a BMP answers. A slow one is used like any other: its replies are waited for longer, so
 * that it is not asked again while it works, and it is logged once when it is slow, once when it is
 * quick again. One that was slow and is now slower than configured is logged once more.
 *
 *   quick ──3 slow replies in a row──► slow ──20 quick ones in a row──► quick
 */
import type { Log } from "../../engine/contract/log.js";
import { type Frame, nameOfFrame } from "./frame.js";

const SLOW_REPLIES = 3;
const QUICK_REPLIES = 20;
/** The reply that is waited for may take so many times what earlier ones took. */
const MARGIN = 2;
/** However slow it was, it gets no more than so many times the configured patience. */
const MOST_PATIENCE = 5;
/** How much of the difference to what was expected one quicker reply makes up. */
const GAIN = 1 / 8;

export class Pace {
  readonly #log: Log;
  readonly #slowMs: number;
  /** Never less than the last reply took, and forgotten slowly. */
  #expectedMs = 0;
  #isSlow = false;
  /** The longest of those that are slow, since one was quick. */
  #longestMs = 0;
  /** Replies in a row that would change what it counts as. */
  #otherwise = 0;
  /** Replies in a row that took longer than a reply may. */
  #tooSlow = 0;
  #wasCalledTooSlow = false;

  /** @param slowMs a reply that takes longer is slow */
  constructor(log: Log, slowMs: number) {
    this.#log = log;
    this.#slowMs = slowMs;
  }

  /** @param replyMs how long a reply may take, as configured */
  patienceMs(replyMs: number): number {
    return Math.min(Math.max(replyMs, MARGIN * this.#expectedMs), MOST_PATIENCE * replyMs);
  }

  /** @param tookMs of a reply to anything but a power-on */
  note(frame: Frame, tookMs: number, replyMs: number): void {
    this.#expectedMs = Math.max(tookMs, this.#expectedMs + GAIN * (tookMs - this.#expectedMs));
    const isSlow = tookMs > Math.min(this.#slowMs, replyMs);
    this.#longestMs = isSlow ? Math.max(this.#longestMs, tookMs) : 0;
    this.#tooSlow = tookMs > replyMs ? this.#tooSlow + 1 : 0;
    if (isSlow === this.#isSlow) {
      this.#otherwise = 0;
      const isWorse = isSlow && !this.#wasCalledTooSlow && this.#tooSlow >= SLOW_REPLIES;
      if (isWorse) this.#tellSlow(frame, replyMs);
      return;
    }
    this.#otherwise++;
    if (this.#otherwise < (isSlow ? SLOW_REPLIES : QUICK_REPLIES)) return;
    this.#isSlow = isSlow;
    this.#otherwise = 0;
    if (isSlow) this.#tellSlow(frame, replyMs);
    else this.#tellQuick(frame);
  }

  #tellSlow(frame: Frame, replyMs: number): void {
    const longest = seconds(this.#longestMs);
    this.#wasCalledTooSlow = this.#longestMs > replyMs;
    const advice = this.#wasCalledTooSlow
      ? `that is more than secondsToReply, ${replyMs / 1000} s: raise it in the configuration`
      : "it is used all the same; check its network, and what else talks to it";
    const { bmpAddress: bmp } = frame;
    this.#log.warn(
      { bmp, longestMs: Math.round(this.#longestMs) },
      `${nameOfFrame(frame)}: BMP ${bmp} is slow: ${SLOW_REPLIES} replies in a row took up to ` +
        `${longest}, where ${seconds(this.#slowMs)} is the most to expect; ${advice}`,
    );
  }

  #tellQuick(frame: Frame): void {
    this.#wasCalledTooSlow = false;
    const { bmpAddress: bmp } = frame;
    this.#log.info({ bmp }, `${nameOfFrame(frame)}: BMP ${bmp} answers quickly again`);
  }
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toPrecision(2))} s`;
}
