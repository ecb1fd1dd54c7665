/** The few places that a first, cheap score found best, in a list that is used again and again. */
import type { Size } from "../../domain/board.js";

interface Place {
  x: number;
  y: number;
  shape: Size;
  score: number;
}

export class Finalists {
  /** Best first, as many as `count`; the objects stay, their fields change. */
  private readonly places: Place[];
  private count = 0;

  constructor(size: number) {
    this.places = Array.from({ length: size }, () => ({
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

  /** Whether a place with that score would be among them. Of equals the first to come stays. */
  admits(score: number): boolean {
    return this.count < this.places.length || score > this.places[this.count - 1]!.score;
  }

  /** Takes in a place that is admitted; the last of a full list has to go. */
  add(x: number, y: number, shape: Size, score: number): void {
    const { places } = this;
    if (this.count < places.length) this.count++;
    let at = this.count - 1;
    const place = places[at]!;
    for (; at > 0 && places[at - 1]!.score < score; at--) places[at] = places[at - 1]!;
    place.x = x;
    place.y = y;
    place.shape = shape;
    place.score = score;
    places[at] = place;
  }

  /** The one that is best by its score less the cost of it; not to be kept. */
  best(costOf: (x: number, y: number, shape: Size) => number): Readonly<Place> {
    let best = this.places[0]!;
    if (this.count === 1) return best;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < this.count; i++) {
      const place = this.places[i]!;
      const score = place.score - costOf(place.x, place.y, place.shape);
      if (score <= bestScore) continue;
      bestScore = score;
      best = place;
    }
    return best;
  }
}
