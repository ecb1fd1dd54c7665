import { describe, expect, it } from "vitest";
import { Attention, BEAT_MS } from "./attention.js";

/** In a time of its own; of it, the server waits a tenth for a processor. */
function attention() {
  let nowMs = 1000;
  const at = (ms: number) => ({ ms, waitedMs: ms / 10, ranMs: ms / 5 });
  const watched = new Attention(() => at(nowMs));
  return {
    at,
    watched,
    pass: (ms: number) => {
      nowMs += ms;
    },
    attend: (ms: number) => {
      for (let left = ms; left > 0; left -= BEAT_MS) {
        nowMs += Math.min(left, BEAT_MS);
        watched.beat();
      }
    },
  };
}

describe("what is looked at", () => {
  it("came just now, where every beat was in time", () => {
    const { at, watched, attend, pass } = attention();
    attend(500);
    pass(4);
    expect(watched.earliest()).toEqual(at(1504));
  });

  it("may have come since the last beat, where the next is overdue", () => {
    const { at, watched, attend, pass } = attention();
    attend(500);
    pass(300);
    expect(watched.earliest()).toEqual(at(1500));
  });

  it("may have come since the beat before a late one, and not much later it may not", () => {
    const { at, watched, attend, pass } = attention();
    attend(500);
    pass(300);
    watched.beat();
    pass(2);
    expect(watched.earliest()).toEqual(at(1500));
    attend(100);
    expect(watched.earliest()).toEqual(at(1902));
  });
});
