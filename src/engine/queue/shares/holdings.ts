/** How many boards of a machine the jobs of each host have, those that power off or cool down included. */
export class Holdings {
  private readonly byHost = new Map<string, number>();
  private total = 0;

  /** Boards in use by anybody, or cooling down. */
  get inUse(): number {
    return this.total;
  }

  of(host: string): number {
    return this.byHost.get(host) ?? 0;
  }

  /** @param host null for boards that the server itself has */
  take(host: string | null, boards: number): void {
    this.total += boards;
    if (host !== null) this.byHost.set(host, this.of(host) + boards);
  }

  giveBack(host: string | null, boards: number): void {
    this.total -= boards;
    if (host === null) return;
    const left = this.of(host) - boards;
    if (left === 0) this.byHost.delete(host);
    else this.byHost.set(host, left);
  }
}
