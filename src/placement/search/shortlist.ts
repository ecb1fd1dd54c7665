/** The few corners with the best first, cheap score, in a list that is used again and again. */
import type { Size } from "../../domain/board.js";

interface Candidate {
  x: number;
  y: number;
  shape: Size;
  score: number;
}

export class Shortlist {
  /** Best first, as many as `count`; the objects are reused. */
  private readonly candidates: Candidate[];
  private count = 0;

  constructor(size: number) {
    this.candidates = Array.from({ length: size }, () => ({
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

  /** Whether a candidate with that score would be on the list. Of equal ones the first stays. */
  admits(score: number): boolean {
    return this.count < this.candidates.length || score > this.candidates[this.count - 1]!.score;
  }

  /** Adds a candidate that is admitted; the last of a full list is dropped. */
  add(x: number, y: number, shape: Size, score: number): void {
    const { candidates } = this;
    if (this.count < candidates.length) this.count++;
    let at = this.count - 1;
    const candidate = candidates[at]!;
    for (; at > 0 && candidates[at - 1]!.score < score; at--) candidates[at] = candidates[at - 1]!;
    candidate.x = x;
    candidate.y = y;
    candidate.shape = shape;
    candidate.score = score;
    candidates[at] = candidate;
  }

  /** The candidate with the best score less its cost; not to be kept, since it is reused. */
  best(costOf: (x: number, y: number, shape: Size) => number): Readonly<Candidate> {
    let best = this.candidates[0]!;
    if (this.count === 1) return best;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < this.count; i++) {
      const candidate = this.candidates[i]!;
      const score = candidate.score - costOf(candidate.x, candidate.y, candidate.shape);
      if (score <= bestScore) continue;
      bestScore = score;
      best = candidate;
    }
    return best;
  }
}
