/** How long jobs have recently waited for a machine. */

/** The average follows about this many jobs. */
const JOBS_REMEMBERED = 500;

export class RecentWaits {
  private jobs = 0;
  private meanSquare = 0;

  /** A job started after waiting this long. */
  started(waitedMs: number): void {
    this.jobs = Math.min(this.jobs + 1, JOBS_REMEMBERED);
    this.meanSquare += (waitedMs ** 2 - this.meanSquare) / this.jobs;
  }

  /** Root mean square of the waits, in milliseconds; 0 before any job has started. */
  get rootMeanSquareMs(): number {
    return Math.sqrt(this.meanSquare);
  }
}
