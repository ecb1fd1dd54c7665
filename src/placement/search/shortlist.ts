/** The few corners with the best first, cheap score, in a list that is used again and again. */
import type { Size } from "../../domain/board.js";

interface Entry {
  x: number;
  y: number;
  shape: Size;
  score: number;
}

export class Shortlist {
  /** Best first, as many as `count`; the objects are reused. */
  private readonly entries: Entry[];
  private count = 0;

  constructor(size: number) {
    this.entries = Array.from({ length: size }, () => ({
      x: 0,
      y: 0,
      shape: { width: 0, height: 0 },
      score: 0,
    }));
  }

  clear(): void {
    this.count = 0;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** Whether a entry with that score would be on the list. Of equal ones the first stays. */
  admits(score: number): boolean {
    return this.count < this.entries.length || score > this.entries[this.count - 1]!.score;
  }

  /** Adds a entry that is admitted; the last of a full list is dropped. */
  add(x: number, y: number, shape: Size, score: number): void {
    const { entries } = this;
    if (this.count < entries.length) this.count++;
    let at = this.count - 1;
    const entry = entries[at]!;
    for (; at > 0 && entries[at - 1]!.score < score; at--) entries[at] = entries[at - 1]!;
    entry.x = x;
    entry.y = y;
    entry.shape = shape;
    entry.score = score;
    entries[at] = entry;
  }

  /** The entry with the best score less its cost; not to be kept, since it is reused. */
  best(costOf: (x: number, y: number, shape: Size) => number): Readonly<Entry> {
    let best = this.entries[0]!;
    if (this.count === 1) return best;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < this.count; i++) {
      const entry = this.entries[i]!;
      const score = entry.score - costOf(entry.x, entry.y, entry.shape);
      if (score <= bestScore) continue;
      bestScore = score;
      best = entry;
    }
    return best;
  }
}
