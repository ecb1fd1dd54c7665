import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Attendance, BEAT_MS } from "../../src/host/attendance.js";

/** An attendance in a time of its own, beaten by a timer as far as there is somebody to beat it. */
function attended() {
  let nowMs = 5000;
  const attendance = new Attendance(() => nowMs);
  const pass = (ms: number) => {
    for (let left = ms; left > 0; left -= BEAT_MS) {
      nowMs += Math.min(left, BEAT_MS);
      attendance.beat();
    }
  };
  const beAway = (ms: number) => {
    nowMs += ms;
  };
  const startMs = attendance.attendedMs();
  return { attendance, pass, beAway, sinceStartMs: () => attendance.attendedMs() - startMs };
}

describe("attended time", () => {
  it("passes while the thread is there", () => {
    const { pass, sinceStartMs } = attended();
    pass(10_000);
    expect(sinceStartMs()).toBe(10_000);
  });

  it("stands still while the process is stopped, also for what runs before the next beat", () => {
    const { attendance, pass, beAway, sinceStartMs } = attended();
    pass(10_000);
    beAway(60_000);
    expect(sinceStartMs()).toBe(10_000);
    attendance.beat();
    expect(sinceStartMs()).toBe(10_000);
    pass(5000);
    expect(sinceStartMs()).toBe(15_000);
  });

  it("stands still while the thread is late by more than a second, again and again", () => {
    const { attendance, pass, beAway, sinceStartMs } = attended();
    for (let n = 0; n < 10; n++) {
      beAway(1001 + BEAT_MS);
      attendance.beat();
    }
    pass(1000);
    expect(sinceStartMs()).toBe(1000);
  });

  it("counts lateness that is no longer than a second", () => {
    const { attendance, beAway, sinceStartMs } = attended();
    beAway(1000 + BEAT_MS);
    expect(sinceStartMs()).toBe(1000 + BEAT_MS);
    attendance.beat();
    expect(sinceStartMs()).toBe(1000 + BEAT_MS);
  });

  it("counts presence in full and absences not at all, in whatever order they come", () => {
    const step = fc.record({
      isAway: fc.boolean(),
      ms: fc.integer({ min: 1001 + BEAT_MS, max: 1e7 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const { attendance, pass, beAway, sinceStartMs } = attended();
        let presentMs = 0;
        for (const { isAway, ms } of steps) {
          if (isAway) {
            beAway(ms);
            expect(sinceStartMs()).toBe(presentMs);
            attendance.beat();
          } else {
            const shortMs = ms % 10_000;
            pass(shortMs);
            presentMs += shortMs;
          }
          expect(sinceStartMs()).toBe(presentMs);
        }
      }),
    );
  });
});
