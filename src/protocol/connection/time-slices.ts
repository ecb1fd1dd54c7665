/**
 * Shares the thread out among connections that have more to do than one request.
 *
 *   just read   the first request is begun at once, and more while the round has time
 *   waiting     who has requests left then. While anybody waits there are rounds, one in each turn
 *               of the event loop: those who wait get equal shares of it, but not too small ones,
 *               for a turn ends with a write; whoever got none goes first in the next.
 *
 * So a thousand clients that flood keep a patient one waiting no longer than one does.
 */
export interface SliceTaker {
  /** Does some of its work: one piece, and more until `endsAt`, in terms of performance.now(). */
  runSlice(endsAt: number): void;
}

/** Largest part of a round that one that was just read from may take. */
const PART_OF_FIRST = 1 / 4;
/** Smallest part of a round that one who waits may take, while the round lasts. */
const LEAST_PART = 1 / 8;

export class TimeSlices {
  private waiting: SliceTaker[] = [];
  private roundEndsAt = 0;
  private isRoundOpen = false;

  constructor(private readonly roundMs: () => number) {}

  /** Until when one that was just read from may go on. */
  now(): number {
    const share = performance.now() + this.roundMs() * PART_OF_FIRST;
    return this.isRoundOpen ? Math.min(this.roundEndsAt, share) : share;
  }

  /** Calls back when it is the taker's turn. It may not be waiting already. */
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
    // Those who are not done line up again, behind the ones that get no turn in this round.
    this.waiting = [];
    let now = performance.now();
    this.open(now);
    const { roundEndsAt } = this;
    const leastMs = this.roundMs() * LEAST_PART;
    let next = 0;
    for (; next < waiting.length && now < roundEndsAt; next++) {
      const share = (roundEndsAt - now) / (waiting.length - next);
      waiting[next]!.runSlice(now + Math.max(share, leastMs));
      now = performance.now();
    }
    if (next < waiting.length) this.waiting = [...waiting.slice(next), ...this.waiting];
  }
}
