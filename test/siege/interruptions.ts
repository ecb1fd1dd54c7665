/** When the siege itself kept the server from answering: it stopped it, or killed it. */
export class Interruptions {
  private readonly past: { readonly fromMs: number; readonly toMs: number }[] = [];
  private sinceMs: number | null = null;
  private totalMs = 0;

  begin(nowMs: number): void {
    this.sinceMs ??= nowMs;
  }

  end(nowMs: number): void {
    if (this.sinceMs === null) return;
    this.past.push({ fromMs: this.sinceMs, toMs: nowMs });
    this.totalMs += nowMs - this.sinceMs;
    this.sinceMs = null;
  }

  get isOpen(): boolean {
    return this.sinceMs !== null;
  }

  /** Whether any was between the two. */
  touches(fromMs: number, toMs: number): boolean {
    if (this.sinceMs !== null && this.sinceMs <= toMs) return true;
    const last = this.past.findLast((one) => one.fromMs <= toMs);
    return last !== undefined && last.toMs >= fromMs;
  }

  /** Milliseconds up to now that they did not take. */
  undisturbedMs(nowMs: number): number {
    return nowMs - this.totalMs - (this.sinceMs === null ? 0 : nowMs - this.sinceMs);
  }
}
