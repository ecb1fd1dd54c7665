/** Things by a count that moves by one at a time; the one with the highest is known at once. */
export class Ranking<T> {
  private readonly counts = new Map<T, number>();
  /** Those with each count; the last is not empty. */
  private readonly byCount: Set<T>[] = [];

  countOf(thing: T): number {
    return this.counts.get(thing) ?? 0;
  }

  /** One with the highest count; undefined when all are zero. */
  get highest(): T | undefined {
    return this.byCount.at(-1)?.values().next().value;
  }

  get size(): number {
    return this.counts.size;
  }

  increase(thing: T): void {
    this.move(thing, this.countOf(thing), 1);
  }

  decrease(thing: T): void {
    this.move(thing, this.countOf(thing), -1);
  }

  private move(thing: T, before: number, by: 1 | -1): void {
    const { counts, byCount } = this;
    const now = before + by;
    byCount[before]?.delete(thing);
    if (now === 0) counts.delete(thing);
    else {
      counts.set(thing, now);
      const others = byCount[now];
      if (others === undefined) byCount[now] = new Set([thing]);
      else others.add(thing);
    }
    while (byCount.length > 0 && (byCount.at(-1)?.size ?? 0) === 0) byCount.pop();
  }
}
