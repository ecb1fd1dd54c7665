/**
 * Whether this process looks at what comes as soon as it is there. A timer beats; where a beat is late, what is
 * looked at right after it may have been there since the beat before. Whatever is measured is measured with that
 * doubt in favour of the server.
 */

import type { ThreadTimes } from "../support/process-facts.js";

/** Between beats. */
export const BEAT_MS = 5;
/** Until the next beat it was not late. */
const LATE_MS = 15;

/** A moment, and for how long the server had run until then, and waited for a processor. */
export interface Moment extends ThreadTimes {
  readonly ms: number;
}

export class Attention {
  private lastBeat: Moment;
  /** When this process was last late, and when it began to look again. */
  private lastGap: { readonly from: Moment; readonly toMs: number } | null = null;

  constructor(private readonly read: () => Moment) {
    this.lastBeat = read();
  }

  /** To be called every {@link BEAT_MS}. */
  beat(): void {
    const now = this.read();
    if (now.ms - this.lastBeat.ms > LATE_MS) this.lastGap = { from: this.lastBeat, toMs: now.ms };
    this.lastBeat = now;
  }

  now(): Moment {
    return this.read();
  }

  /** Since when what is looked at now may have been there. */
  earliest(): Moment {
    const now = this.read();
    if (now.ms - this.lastBeat.ms > LATE_MS) return this.lastBeat;
    const { lastGap } = this;
    return lastGap !== null && now.ms - lastGap.toMs <= LATE_MS ? lastGap.from : now;
  }
}
