/** Simulated time: it stands still until the world lets it pass. */
import type { Clock, TimerHandle } from "../../src/engine/ports.js";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

export class SimulatedClock implements Clock {
  private timers: Timer[] = [];
  private turn: (() => void)[] = [];
  private ms = 0;

  now(): number {
    return 1_700_000_000_000 + this.ms;
  }

  elapsed(): number {
    return this.ms;
  }

  after(delayMs: number, callback: () => void): TimerHandle {
    const timer = { at: this.ms + delayMs, callback };
    this.timers.push(timer);
    return {
      cancel: () => {
        this.timers = this.timers.filter((other) => other !== timer);
      },
    };
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
    return this.timers.length === 0 ? null : Math.min(...this.timers.map(({ at }) => at));
  }

  /** Lets time pass up to `ms`, which is not beyond the next timer, and runs a timer that is due. */
  passTo(ms: number): void {
    this.ms = ms;
    const due = this.timers.filter(({ at }) => at <= ms).sort((a, b) => a.at - b.at)[0];
    if (!due) return;
    this.timers = this.timers.filter((other) => other !== due);
    due.callback();
  }

  /** The process ends: nothing that waited happens; time goes on where it is. */
  crash(): void {
    this.timers = [];
    this.turn = [];
  }
}
