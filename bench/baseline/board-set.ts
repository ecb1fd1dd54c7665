/**
 * The free boards of one triad, given up in the order in which the Python server gives them up: that
 * of a Python set. The order decides which board a job gets, and so all that follows.
 *
 *   table     8 slots, of which 0, 1 … hold boards, vacated ones are marked, the rest is untouched
 *   add z     probes from slot z on; takes the last vacated slot passed before an untouched one,
 *             or else the untouched one
 *   pop       the first board from the finger on, around the table; the finger goes behind it
 *
 * With three boards the table never fills up far enough to be laid out anew.
 */
const SLOTS = 8;
const UNTOUCHED = -1;
const VACATED = -2;

export class BoardSet {
  private readonly slots = new Int8Array(SLOTS).fill(UNTOUCHED);
  private finger = 0;
  private count = 0;

  constructor(boards: readonly number[]) {
    for (const z of boards) this.add(z);
  }

  get size(): number {
    return this.count;
  }

  has(z: number): boolean {
    return this.slots.includes(z);
  }

  /** Adds a board that is not in the set. */
  add(z: number): void {
    let slot = z;
    let vacated = -1;
    while (this.slots[slot] !== UNTOUCHED) {
      if (this.slots[slot] === VACATED) vacated = slot;
      slot = (slot * 5 + 1) % SLOTS;
    }
    this.slots[vacated >= 0 ? vacated : slot] = z;
    this.count++;
  }

  /** Takes out a board of the set. */
  remove(z: number): void {
    this.slots[this.slots.indexOf(z)] = VACATED;
    this.count--;
  }

  /** Takes out the board whose turn it is. The set is not empty. */
  pop(): number {
    let slot = this.finger % SLOTS;
    while (this.slots[slot]! < 0) slot = (slot + 1) % SLOTS;
    const z = this.slots[slot]!;
    this.slots[slot] = VACATED;
    this.finger = slot + 1;
    this.count--;
    return z;
  }
}
