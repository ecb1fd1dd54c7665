/**
 * How much of something is held for each host, and in all. Hosts for which nothing is held are
 * forgotten, so that there are never more of them than there is of what is counted.
 */
export class HostCounts {
  private readonly byHost = new Map<string, number>();
  private sum = 0;

  get total(): number {
    return this.sum;
  }

  /** How many hosts something is held for. */
  get hosts(): number {
    return this.byHost.size;
  }

  of(host: string): number {
    return this.byHost.get(host) ?? 0;
  }

  /** @param host - Null where it is not known; then it counts in the total alone. */
  add(host: string | null, amount: number): void {
    this.sum += amount;
    if (host === null) return;
    const now = this.of(host) + amount;
    if (now === 0) this.byHost.delete(host);
    else this.byHost.set(host, now);
  }
}
