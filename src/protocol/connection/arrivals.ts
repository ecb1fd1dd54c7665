/**
 * Connections that arrive. The system hands over one in each turn of the event loop (libuv accepts no more),
 * in their order: where many arrive together, the last of them waits for as many turns. So turns are to be
 * short while they do.
 */

/** Arrivals further apart than this do not wait for each other, in milliseconds. */
const APART_MS = 10;
/** Fewer in a row are no crowd: somebody may connect several times. */
const FEWEST = 4;

export class Arrivals {
  private inARow = 0;
  private lastMs = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds from an arbitrary start */
  constructor(private readonly now: () => number) {}

  add(): void {
    const now = this.now();
    this.inARow = now - this.lastMs < APART_MS ? this.inARow + 1 : 1;
    this.lastMs = now;
  }

  /** Whether more are likely to wait. */
  areMany(now: number): boolean {
    return this.inARow >= FEWEST && now - this.lastMs < APART_MS;
  }
}
