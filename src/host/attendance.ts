/**
 * How long the main thread was there: without the time for which the process was stopped, its machine
 * suspended, or the thread too busy or too starved to look at anything. What came meanwhile could
 * not be seen, and nobody was answered.
 *
 * A timer beats; a beat that comes late by more than a second shows an absence, which counts from the
 * beat before it.
 */

/** Between beats, in milliseconds. */
export const BEAT_MS = 250;
/** A beat may be as late, in milliseconds. */
const LATE_MS = 1000;

export class Attendance {
  private lastBeatMs: number;
  private absentMs = 0;

  /** @param elapsedMs milliseconds from an arbitrary start, which never jump */
  constructor(private readonly elapsedMs: () => number) {
    this.lastBeatMs = elapsedMs();
  }

  /** To be called every {@link BEAT_MS}. */
  beat(): void {
    const nowMs = this.elapsedMs();
    if (this.isAbsence(nowMs)) this.absentMs += nowMs - this.lastBeatMs;
    this.lastBeatMs = nowMs;
  }

  /** Milliseconds from the same start, without absences; also right before the beat that ends one. */
  attendedMs(): number {
    const nowMs = this.elapsedMs();
    return (this.isAbsence(nowMs) ? this.lastBeatMs : nowMs) - this.absentMs;
  }

  private isAbsence(nowMs: number): boolean {
    return nowMs - this.lastBeatMs > BEAT_MS + LATE_MS;
  }
}
