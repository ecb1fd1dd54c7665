/** How keys follow each other in a tree, and nodes in a page. */

export class KeyOrder {
  private last: Buffer | null = null;
  /** What the next key is at least. */
  private least: Buffer | null = null;

  /** `areNumbers`: keys are whole numbers, and no texts. */
  constructor(private readonly areNumbers: boolean) {}

  /** Whether a row of that key may come next. */
  next(key: Buffer): boolean {
    const { last, least } = this;
    const follows =
      (last === null || this.compare(last, key) < 0) &&
      (least === null || this.compare(least, key) <= 0);
    this.last = Buffer.from(key);
    this.least = null;
    return follows;
  }

  /** Whether a child of that key may come next. */
  child(key: Buffer): boolean {
    const follows = this.last === null || this.compare(this.last, key) < 0;
    this.least = Buffer.from(key);
    return follows;
  }

  private compare(a: Buffer, b: Buffer): number {
    if (!this.areNumbers) return a.compare(b);
    return a.length === 8 && b.length === 8 ? Number(a.readBigUInt64LE() - b.readBigUInt64LE()) : 1;
  }
}

/**
 * Whether extents lie one behind the other from `from` to `to`; sorts them.
 *
 * @param extents - Of each, its offset times 2^16 and its size
 */
export function tile(extents: number[], from: number, to: number): boolean {
  extents.sort((a, b) => a - b);
  let at = from;
  for (const extent of extents) {
    if (Math.floor(extent / 0x10000) !== at) return false;
    at += extent % 0x10000;
  }
  return at === to;
}
