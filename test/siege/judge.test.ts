import { describe, expect, it } from "vitest";
import { RefusedError } from "../../src/client/index.js";
import { Attention } from "./attention.js";
import { Interruptions } from "./interruptions.js";
import { Judge } from "./judge.js";

/** A judge with a limit of 250 ms, whose clocks the test sets. */
function judging() {
  const interruptions = new Interruptions();
  const clock = { ms: 0, waitedMs: 0, ranMs: 0 };
  const attention = new Attention(() => ({ ...clock }));
  const judge = new Judge(250, interruptions, attention);
  /** After so long, of which the server had no processor for a part; then nobody looks for a while. */
  const answer = (ms: number, { unseenMs = 0, waitedMs = 0 } = {}) =>
    judge.answer("version", () => {
      for (let passed = 0; passed < ms - unseenMs; passed++) {
        clock.ms += 1;
        attention.beat();
      }
      clock.waitedMs += waitedMs;
      attention.beat();
      // Whatever the server waits for now does not count twice.
      clock.ms += unseenMs;
      clock.waitedMs += unseenMs;
      return Promise.resolve("1.0.0");
    });
  const attend = () => {
    clock.ms += 100;
    attention.beat();
    clock.ms += 100;
    attention.beat();
  };
  return { judge, interruptions, answer, attend };
}

describe("an answer", () => {
  it("may take as long as the limit, and no longer", async () => {
    const { judge, answer } = judging();
    expect(await answer(250)).toBe("1.0.0");
    expect(judge.violations).toEqual([]);
    await answer(251);
    expect(judge.violations).toEqual([
      expect.stringContaining("version: the answer took 251 ms, the limit is 250 ms"),
    ]);
  });

  it("is not late for what the server had no processor for, or nobody looked", async () => {
    const { judge, answer } = judging();
    await answer(1000, { waitedMs: 400, unseenMs: 400 });
    expect(judge.violations).toEqual([]);
    await answer(1000, { waitedMs: 400, unseenMs: 300 });
    expect(judge.violations).toHaveLength(1);
    expect(judge.judgement()).toMatchObject({
      answers: 2,
      slowestMs: 300,
      slowestUncorrectedMs: 1000,
      excused: 1,
    });
  });

  it("around an interruption has no time", async () => {
    const { judge, interruptions, answer } = judging();
    interruptions.begin(100);
    await answer(5000);
    interruptions.end(5000);
    expect(judge.violations).toEqual([]);
    expect(judge.judgement()).toMatchObject({ answers: 0, interrupted: 1 });
  });

  it("that does not come is a violation, unless the siege kept it from coming", async () => {
    const { judge, interruptions } = judging();
    const broken = () => Promise.reject(new Error("the connection broke"));
    await expect(judge.answer("version", broken)).rejects.toThrow("broke");
    expect(judge.violations).toEqual(["version: the connection broke"]);
    interruptions.begin(0);
    await expect(judge.answer("version", broken)).rejects.toThrow("broke");
    expect(judge.violations).toHaveLength(1);
  });

  it("that is wrong in the same way again is counted, and told once", async () => {
    const { judge } = judging();
    for (const id of [7, 8, 912]) judge.violation(`job ${id} is gone`);
    judge.violation("the server takes too much memory");
    expect(judge.violations).toEqual([
      "job 7 is gone (and 2 more like it)",
      "the server takes too much memory",
    ]);
  });

  it("that is an exception is a violation, whenever it comes", async () => {
    const { judge, interruptions } = judging();
    interruptions.begin(0);
    const refused = () => Promise.reject(new RefusedError("create_job", "the disk may be full"));
    await expect(judge.answer("create_job", refused)).rejects.toThrow("full");
    expect(judge.violations).toEqual(["create_job: the disk may be full"]);
  });
});
