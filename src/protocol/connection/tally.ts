/** What happens to clients in great number: logged at once, and after that now and then with its number. */
import type { Log } from "../../engine/contract/log.js";

const QUIET_MS = 10_000;

export class Tally {
  private unreported = 0;
  private quietUntil = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly log: Log,
    private readonly message: string,
  ) {}

  /** @param fields - Of the last one, where several are logged together. */
  add(fields: object): void {
    this.unreported++;
    const now = performance.now();
    if (now >= this.quietUntil) this.report(fields);
    else {
      this.timer ??= setTimeout(() => this.report(fields), this.quietUntil - now).unref();
    }
  }

  private report(fields: object): void {
    this.timer = null;
    this.quietUntil = performance.now() + QUIET_MS;
    this.log.warn({ ...fields, times: this.unreported }, this.message);
    this.unreported = 0;
  }
}
