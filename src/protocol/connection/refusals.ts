/** Refused clients: logged at once, and after that now and then with their number. */
import type { Log } from "../../engine/contract/log.js";

const QUIET_MS = 10_000;

export class Refusals {
  private unreported = 0;
  private quietUntil = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly log: Log) {}

  add(client: string | undefined, limit: number): void {
    this.unreported++;
    const now = performance.now();
    if (now >= this.quietUntil) this.report(client, limit);
    else {
      this.timer ??= setTimeout(() => this.report(client, limit), this.quietUntil - now).unref();
    }
  }

  private report(client: string | undefined, limit: number): void {
    this.timer = null;
    this.quietUntil = performance.now() + QUIET_MS;
    this.log.warn(
      { client, refused: this.unreported, limit },
      "client refused: too many connections (clientLimits.connections)",
    );
    this.unreported = 0;
  }
}
