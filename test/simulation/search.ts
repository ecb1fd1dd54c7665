/**
 * Searches under way. The answer is the real one, found on the bitmaps of a moment that the world
 * chooses, and handed over at a later one. Two placers stand for two workers, each with what it
 * keeps from search to search; the second one takes so long that a batch has time for two jobs only.
 */

import type { SearchPort } from "../../src/engine/contract/ports.js";
import { BatchPlacer, type BatchTime } from "../../src/placement/batch.js";
import type { SearchAnswer, SearchBatch } from "../../src/placement/batch-types.js";

export interface Search {
  readonly batch: SearchBatch;
  readonly done: (answer: SearchAnswer) => void;
  answer: SearchAnswer | null;
}

function timeForTwo(): BatchTime {
  let now = 0;
  return { mostMs: 2, now: () => now++ };
}

export class SimulatedSearch implements SearchPort {
  private underWay: Search[] = [];
  private readonly placers = [new BatchPlacer(), new BatchPlacer(timeForTwo())];

  search(batch: SearchBatch, done: (answer: SearchAnswer) => void): void {
    this.underWay.push({ batch, done, answer: null });
  }

  get searches(): readonly Search[] {
    return this.underWay;
  }

  /** What a worker finds on the bitmaps as they are now. */
  find({ batch }: Search, worker = 0): SearchAnswer {
    return this.placers[worker]!.place(batch);
  }

  /** The engine gets the answer. */
  deliver(search: Search): void {
    this.underWay = this.underWay.filter((other) => other !== search);
    search.done(search.answer ?? this.find(search));
  }

  crash(): void {
    this.underWay = [];
  }
}
