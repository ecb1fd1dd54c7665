/**
 * At the boards themselves: each is off for the pause before any order powers it on, whatever it was
 * powered off for. Offs that no server did or saw do not count.
 */
import { hold } from "../violation.js";
import type { World } from "../world.js";

interface Off {
  readonly sinceMs: number;
  readonly sinceByWallClockMs: number;
  /** The shortest pause of the configurations since then. */
  pauseMs: number;
  /** What a server that started anew took for a longer time than it was, by the wall clock. */
  creditMs: number;
}

export class PausesKept {
  private readonly offs = new Map<string, Off>();

  constructor(private readonly world: World) {}

  powered(place: string, on: boolean): void {
    const { clock, bmps } = this.world;
    if (!on) {
      const { pauseMs } = bmps.times;
      const sinceByWallClockMs = clock.nowMs();
      this.offs.set(place, {
        sinceMs: clock.elapsedMs(),
        sinceByWallClockMs,
        pauseMs,
        creditMs: 0,
      });
      return;
    }
    const off = this.offs.get(place);
    if (off === undefined) return;
    const offForMs = clock.elapsedMs() - off.sinceMs;
    hold(
      offForMs + off.creditMs >= off.pauseMs,
      () => `the board at ${place} is powered on ${offForMs} ms after it was powered off`,
    );
    this.offs.delete(place);
  }

  configured(pauseMs: number): void {
    for (const off of this.offs.values()) off.pauseMs = Math.min(off.pauseMs, pauseMs);
  }

  /** A server starts anew: of cooldowns it has nothing but the wall clock to go by. */
  started(): void {
    const { clock } = this.world;
    for (const off of this.offs.values()) {
      const byWallClockMs = clock.nowMs() - off.sinceByWallClockMs;
      off.creditMs = Math.max(off.creditMs, byWallClockMs - (clock.elapsedMs() - off.sinceMs));
    }
  }
}
