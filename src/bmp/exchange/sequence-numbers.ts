/**
 * Sequence numbers of the packets of one connection: none can be foretold from those before it, and
 * none comes twice while a reply to an earlier packet might still be under way.
 */
import { randomInt } from "node:crypto";

/** A whole number from 0 to below that. */
export type RandomInt = (below: number) => number;

/** One for each packet; 16 bits of it. */
const NUMBERS = 0x10000;
/** Of a connection that has sent so many packets, the first can be forgotten. */
const MOST_REMEMBERED = NUMBERS / 4;

export class SequenceNumbers {
  readonly #random: RandomInt;
  /** In the order in which they were used. */
  readonly #used = new Set<number>();

  /** @param random from the operating system, unless a test wants to know it */
  constructor(random: RandomInt = randomInt) {
    this.#random = random;
  }

  next(): number {
    let sequence = this.#random(NUMBERS);
    while (this.#used.has(sequence)) sequence = (sequence + 1) % NUMBERS;
    this.#used.add(sequence);
    const [oldest] = this.#used;
    if (this.#used.size > MOST_REMEMBERED && oldest !== undefined) this.#used.delete(oldest);
    return sequence;
  }

  /** Whether a packet had it, so that a reply may have it as well. */
  wasUsed(sequence: number): boolean {
    return this.#used.has(sequence);
  }
}
