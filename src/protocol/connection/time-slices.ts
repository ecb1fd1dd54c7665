/**
 * Shares the thread out among connections that have more than one request to be served.
 *
 *   just read   the first request is served at once, and more while the round has time
 *   waiting     those with requests left then. While any wait there are rounds, one in each turn of
 *               the event loop: they get equal slices of it, but not too small ones, since each slice
 *               ends with a write; whoever got none goes first in the next round.
 *
 * So a thousand clients that flood the server delay a patient one no longer than a single one does.
 */
export interface SliceTaker {
  /** Serves one request, and more until performance.now() reaches `endsAt`. */
  runSlice(endsAt: number): void;
}

/** Largest share of a round for the slice of a connection that was just read from. */
const MAX_FIRST_SHARE = 1 / 4;
/** Smallest share of a round for the slice of one that waits, while the round lasts. */
const MIN_SHARE = 1 / 8;

export class TimeSlices {
  private waiting: SliceTaker[] = [];
  private roundEndsAt = 0;
  private isRoundOpen = false;

  constructor(private readonly roundMs: () => number) {}

  /** When the slice of a connection that was just read from ends. */
  firstSliceEnd(): number {
    const share = performance.now() + this.roundMs() * MAX_FIRST_SHARE;
    return this.isRoundOpen ? Math.min(this.roundEndsAt, share) : share;
  }

  /** Runs a slice of the taker later. It may not be waiting already. */
  wait(taker: SliceTaker): void {
    this.waiting.push(taker);
    if (!this.isRoundOpen) this.open(performance.now());
  }

  private open(now: number): void {
    this.isRoundOpen = true;
    this.roundEndsAt = now + this.roundMs();
    setImmediate(() => this.serveWaiting());
  }

  private serveWaiting(): void {
    this.isRoundOpen = false;
    const { waiting } = this;
    if (waiting.length === 0) return;
    // Those not done queue again, behind those that get no slice in this round.
    this.waiting = [];
    let now = performance.now();
    this.open(now);
    const { roundEndsAt } = this;
    const leastMs = this.roundMs() * MIN_SHARE;
    let next = 0;
    for (; next < waiting.length && now < roundEndsAt; next++) {
      const share = (roundEndsAt - now) / (waiting.length - next);
      waiting[next]!.runSlice(now + Math.max(share, leastMs));
      now = performance.now();
    }
    if (next < waiting.length) this.waiting = [...waiting.slice(next), ...this.waiting];
  }
}
