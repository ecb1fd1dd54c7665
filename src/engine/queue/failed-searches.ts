/**
 * Which requests the searches of a machine found no room for.
 *
 *   current   nothing that could have made room has happened since: another search would be in vain
 *   stale     something has, while the search was under way. The job is searched for again, but other
 *             machines do not wait for it: a machine that changes during each of its searches must
 *             not keep a job from the others
 */
export class FailedSearches {
  /** Counts what could have made room: boards that came free or back, jobs that left. */
  private changes = 0;
  /** By request key, how many rows were searched. */
  private readonly current = new Map<string, number>();
  private readonly stale = new Set<string>();

  /** Of the machine as it is now; another one as soon as there may be more room. */
  get version(): number {
    return this.changes;
  }

  get hasCurrent(): boolean {
    return this.current.size > 0;
  }

  /**
   * Notes a search in that many rows, from the lowest on, of the machine as it was at that version.
   * @returns whether it is current
   */
  add(requestKey: string, version: number, rows: number): boolean {
    const isCurrent = version === this.changes;
    if (isCurrent) this.current.set(requestKey, rows);
    else this.stale.add(requestKey);
    return isCurrent;
  }

  /** Rows of the current failed search for that request; 0 if there is none. */
  rowsSearched(requestKey: string): number {
    return this.current.get(requestKey) ?? 0;
  }

  isStale(requestKey: string): boolean {
    return this.stale.has(requestKey);
  }

  /** There may be more room. */
  roomChanged(): void {
    this.changes += 1;
    this.current.clear();
  }

  /** A search has ended since, so nothing is the latest to have been found. */
  forgetStale(): void {
    this.stale.clear();
  }
}
