/** How long jobs have recently waited. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RecentWaits } from "../../../src/engine/queue/recent-waits.js";

describe("the recent waits", () => {
  it("are averaged as their root mean square", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1e6), { minLength: 1, maxLength: 500 }), (waitsMs) => {
        const waits = new RecentWaits();
        for (const ms of waitsMs) waits.started(ms);
        const mean = waitsMs.reduce((sum, ms) => sum + ms * ms, 0) / waitsMs.length;
        expect(waits.rootMeanSquareMs).toBeCloseTo(Math.sqrt(mean), 3);
      }),
    );
  });

  it("are nothing before any job has started, and forget what was long ago", () => {
    const waits = new RecentWaits();
    expect(waits.rootMeanSquareMs).toBe(0);
    for (let n = 0; n < 500; n++) waits.started(1000);
    for (let n = 0; n < 5000; n++) waits.started(10);
    expect(waits.rootMeanSquareMs).toBeLessThan(15);
  });
});
