/**
 * Shares the thread out among hosts, and among the connections of each.
 *
 *   just read   the first request is served at once, and more while the round has time. While clients
 *               of other hosts are connected as well, those of one host get no more than a share of the
 *               thread in this way; then what was read waits
 *   waiting     connections with requests left then. While any wait there are rounds, one in each turn
 *               of the event loop: their hosts get equal slices of it, and of each the connections that
 *               have waited longest, but not too small ones, since each slice ends with a write; whoever
 *               got none goes first in the next round.
 *
 * While many clients arrive, all of this is shorter (arrivals.ts).
 *
 * So a host with a thousand connections that flood the server delays a patient one no longer than one
 * with a single connection does.
 */
import type { Host, SliceTaker } from "../hosts/host.js";

export interface TimeSlicesOptions {
  /** Length of a round. */
  readonly roundMs: () => number;
  /** Whether clients of one host alone are connected. */
  readonly isOneHost: () => boolean;
  /** Whether many clients arrive now, who have to wait for further turns. */
  readonly areManyArriving: (now: number) => boolean;
  /** Milliseconds. */
  readonly now: () => number;
}

/** Largest share of a round for the slice of a connection that was just read from. */
const MAX_FIRST_SHARE = 1 / 4;
/** Smallest share of a round for the slice of one that waits, while the round lasts. */
const MIN_SHARE = 1 / 8;
/** What a host may have of the thread for what was just read, while there are others. */
const HOST_SHARE_MS = 5;
const HOST_WINDOW_MS = 10;
/** Of all of these, while many clients arrive: accepting them is to take about as long. */
const SHARE_AMID_ARRIVALS = 1 / 20;

export class TimeSlices {
  readonly now: () => number;
  /** Hosts with connections that wait, in order. */
  private waiting: Host[] = [];
  private roundEndsAt = 0;
  private firstSliceStartedAt = 0;
  private isRoundOpen = false;

  constructor(private readonly options: TimeSlicesOptions) {
    this.now = options.now;
  }

  /** When the slice of a connection that was just read from ends; null where it has to wait. */
  firstSliceEnd(host: Host): number | null {
    const now = this.now();
    this.firstSliceStartedAt = now;
    const factor = this.factor(now);
    const share = now + factor * this.options.roundMs() * MAX_FIRST_SHARE;
    const end = this.isRoundOpen ? Math.min(this.roundEndsAt, share) : share;
    if (this.options.isOneHost()) return end;
    if (now - host.windowStart >= HOST_WINDOW_MS) {
      host.windowStart = now;
      host.spentMs = 0;
    }
    return host.spentMs < factor * HOST_SHARE_MS ? end : null;
  }

  /** What was asked for with {@link firstSliceEnd} last is over. */
  firstSliceEnded(host: Host): void {
    if (!this.options.isOneHost()) host.spentMs += this.now() - this.firstSliceStartedAt;
  }

  /** Runs a slice of the taker later. It may not be waiting already. */
  wait(taker: SliceTaker): void {
    const { host } = taker;
    host.waiting.push(taker);
    if (host.waiting.length === 1) this.waiting.push(host);
    if (!this.isRoundOpen) this.open(this.now());
  }

  private factor(now: number): number {
    return this.options.areManyArriving(now) ? SHARE_AMID_ARRIVALS : 1;
  }

  private roundMs(now: number): number {
    return this.factor(now) * this.options.roundMs();
  }

  private open(now: number): void {
    this.isRoundOpen = true;
    this.roundEndsAt = now + this.roundMs(now);
    setImmediate(() => this.serveWaiting());
  }

  private serveWaiting(): void {
    this.isRoundOpen = false;
    const hosts = this.waiting;
    if (hosts.length === 0) return;
    // Those not done queue again, behind those that get no slice in this round.
    this.waiting = [];
    let now = this.now();
    this.open(now);
    const { roundEndsAt } = this;
    let next = 0;
    for (; next < hosts.length && now < roundEndsAt; next++) {
      const share = (roundEndsAt - now) / (hosts.length - next);
      now = this.serveHost(hosts[next]!, now, now + share);
    }
    if (next < hosts.length) this.waiting = [...hosts.slice(next), ...this.waiting];
  }

  /** Gives slices to connections of a host. At least one gets one. */
  private serveHost(host: Host, from: number, endsAt: number): number {
    const takers = host.waiting;
    host.waiting = [];
    const leastMs = this.roundMs(from) * MIN_SHARE;
    let now = from;
    let next = 0;
    do {
      const share = (endsAt - now) / (takers.length - next);
      takers[next++]!.runSlice(now + Math.max(share, leastMs));
      now = this.now();
    } while (next < takers.length && now < endsAt);
    if (next === takers.length) return now;
    const isQueued = host.waiting.length > 0;
    host.waiting = [...takers.slice(next), ...host.waiting];
    if (!isQueued) this.waiting.push(host);
    return now;
  }
}
