/** Answers of one connection that must be known to have been written, or not. */
export class Deliveries {
  /** What to do for each that never is. */
  private open: (() => void)[] = [];
  private readonly beingWritten = new Set<readonly (() => void)[]>();

  add(unwritten: () => void): void {
    this.open.push(unwritten);
  }

  /**
   * Those added so far are being written. Returns what is to be called when that has succeeded or
   * failed; undefined when there are none.
   */
  writing(): ((error?: Error | null) => void) | undefined {
    if (this.open.length === 0) return undefined;
    const { open } = this;
    this.open = [];
    this.beingWritten.add(open);
    return (error) => {
      // One that failed is dealt with when the connection is closed, which follows.
      if (!error) this.beingWritten.delete(open);
    };
  }

  /** The connection is closed. */
  fail(): void {
    const failed = [...[...this.beingWritten].flat(), ...this.open];
    this.beingWritten.clear();
    this.open = [];
    for (const unwritten of failed) unwritten();
  }
}
