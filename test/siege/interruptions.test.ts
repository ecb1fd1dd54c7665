import { describe, expect, it } from "vitest";
import { Interruptions } from "./interruptions.js";

function stoppedFrom10To20() {
  const interruptions = new Interruptions();
  interruptions.begin(10);
  interruptions.end(20);
  return interruptions;
}

describe("interruptions", () => {
  it.each([
    [0, 9, false],
    [0, 10, true],
    [5, 30, true],
    [12, 15, true],
    [20, 30, true],
    [21, 30, false],
  ])("of 10 to 20: whether they touch %s to %s", (from, to, touches) => {
    expect(stoppedFrom10To20().touches(from, to)).toBe(touches);
  });

  it("may be open, and then touch whatever is not over before", () => {
    const interruptions = stoppedFrom10To20();
    interruptions.begin(40);
    expect(interruptions.isOpen).toBe(true);
    expect(interruptions.touches(21, 39)).toBe(false);
    expect(interruptions.touches(21, 40)).toBe(true);
    expect(interruptions.touches(45, 50)).toBe(true);
  });

  it("leave out of time what they took", () => {
    const interruptions = stoppedFrom10To20();
    expect(interruptions.undisturbedMs(30)).toBe(20);
    interruptions.begin(40);
    expect(interruptions.undisturbedMs(100)).toBe(30);
  });
});
