import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { Pace } from "../../src/bmp/frames/pace.js";
import { RecordingLog } from "./fixtures.js";

const FRAME = { bmpAddress: "10.0.0.3", machine: "m", position: [0, 3] } as const;
const REPLY_MS = 2_000;
const SLOW_MS = 500;

let log: RecordingLog;
let pace: Pace;

beforeEach(() => {
  log = new RecordingLog();
  pace = new Pace(log, SLOW_MS);
});

function replies(tookMs: number, count = 1): void {
  for (let n = 0; n < count; n++) pace.note(FRAME, tookMs, REPLY_MS);
}

describe("a BMP", () => {
  it("that takes 0.7 s for each of its replies is logged as slow, once", () => {
    replies(700, 100);
    expect(log.lines).toEqual([
      "warn machine m, cabinet 0, frame 3: BMP 10.0.0.3 is slow: 3 replies in a row took up to 0.7 s, " +
        "where 0.5 s is the most to expect; it is used all the same; check its network, and what else " +
        "talks to it",
    ]);
  });

  it("that takes longer than secondsToReply is logged with that field", () => {
    replies(3_100, 3);
    expect(log.lines[0]).toMatch(
      /took up to 3\.1 s, .* that is more than secondsToReply, 2 s: raise it in the configuration$/,
    );
  });

  it("that was slow and takes longer than secondsToReply by now is logged once more, with that field", () => {
    const named = /more than secondsToReply, 2 s: raise it/;
    replies(700, 10);
    replies(3_100, 2);
    replies(700);
    replies(3_100, 2);
    expect(log.lines).toHaveLength(1);
    replies(3_100, 100);
    replies(700, 5);
    replies(3_100, 100);
    expect(log.lines.map((line) => named.test(line))).toEqual([false, true]);
    replies(10, 20);
    replies(700, 3);
    replies(3_100, 3);
    expect(log.lines.slice(3).map((line) => named.test(line))).toEqual([false, true]);
  });

  it("is not called slow for a few replies, nor quick for a few", () => {
    replies(700, 2);
    replies(10);
    replies(700, 2);
    expect(log.lines).toEqual([]);
    replies(700);
    replies(10, 19);
    replies(700);
    replies(10, 19);
    expect(log.lines).toHaveLength(1);
    replies(10);
    expect(log.lines[1]).toBe(
      "info machine m, cabinet 0, frame 3: BMP 10.0.0.3 answers quickly again",
    );
  });

  it("is waited for as long as configured, while it answers within that", () => {
    expect(pace.patienceMs(REPLY_MS)).toBe(REPLY_MS);
    replies(900, 50);
    expect(pace.patienceMs(REPLY_MS)).toBe(REPLY_MS);
  });

  it("that is slower is waited for as long as it takes and more, and less again when it is quick", () => {
    replies(3_000);
    expect(pace.patienceMs(REPLY_MS)).toBeGreaterThanOrEqual(6_000);
    replies(10, 20);
    expect(pace.patienceMs(REPLY_MS)).toBe(REPLY_MS);
  });

  it("is never given up before the configured time, nor waited for without a bound", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true })), (tooks) => {
        const any = new Pace(log, SLOW_MS);
        for (const tookMs of tooks) any.note(FRAME, tookMs, REPLY_MS);
        const patienceMs = any.patienceMs(REPLY_MS);
        expect(patienceMs).toBeGreaterThanOrEqual(REPLY_MS);
        expect(patienceMs).toBeLessThanOrEqual(5 * REPLY_MS);
        const last = tooks.at(-1) ?? 0;
        if (last <= 2 * REPLY_MS) expect(patienceMs).toBeGreaterThanOrEqual(last);
      }),
    );
  });
});
