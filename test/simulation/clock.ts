/** Simulated time: it stands still until the world lets it pass. */
import type { Clock, TimerHandle } from "../../src/engine/contract/ports.js";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

const START_OF_WALL_CLOCK = 1_700_000_000_000;

export class SimulatedClock implements Clock {
  private readonly timers = new Set<Timer>();
  private turn: (() => void)[] = [];
  private ms = 0;
  private absentMs = 0;
  private wallOffsetMs = START_OF_WALL_CLOCK;

  nowMs(): number {
    return this.wallOffsetMs + this.ms;
  }

  elapsedMs(): number {
    return this.ms;
  }

  attendedMs(): number {
    return this.ms - this.absentMs;
  }

  after(delayMs: number, callback: () => void): TimerHandle {
    const timer = { at: this.ms + delayMs, callback };
    this.timers.add(timer);
    return { cancel: () => void this.timers.delete(timer) };
  }

  endOfTurn(callback: () => void): void {
    this.turn.push(callback);
  }

  get turnIsOpen(): boolean {
    return this.turn.length > 0;
  }

  /** Ends the turn: runs what waits for its end. */
  endTurn(): void {
    const callbacks = this.turn;
    this.turn = [];
    for (const callback of callbacks) callback();
  }

  /** Time of the next timer; null when there is none. */
  get nextTimerAt(): number | null {
    return this.nextTimer?.at ?? null;
  }

  /** Lets time pass up to `ms`, which is not beyond the next timer, and runs a timer that is due. */
  passTo(ms: number): void {
    this.ms = ms;
    const next = this.nextTimer;
    if (next === null || next.at > ms) return;
    this.timers.delete(next);
    next.callback();
  }

  /** Time passes while the server is stopped: timers come to be overdue. */
  beAway(ms: number): void {
    this.ms += ms;
    this.absentMs += ms;
  }

  /** Somebody sets the wall clock. */
  jump(ms: number): void {
    this.wallOffsetMs += ms;
  }

  /** The process ends: nothing that waited happens; time goes on where it is. */
  crash(): void {
    this.timers.clear();
    this.turn = [];
  }

  /** The first to be due; of several, the one set first. */
  private get nextTimer(): Timer | null {
    let next: Timer | null = null;
    for (const timer of this.timers) if (next === null || timer.at < next.at) next = timer;
    return next;
  }
}
