import { expect, test } from "vitest";
import { fuzz } from "./fuzz.js";

/** The Java client's patience: how busy this machine is does not decide. */
const ANSWER_MS = 5000;

test("an honest client is served right while others send garbage", async () => {
  const { violations, lines, honestJobs } = await fuzz({
    seed: 1,
    lines: 20_000,
    answerMs: ANSWER_MS,
    progress: () => undefined,
  });
  expect(violations).toEqual([]);
  expect(lines).toBeGreaterThanOrEqual(20_000);
  expect(honestJobs).toBeGreaterThan(0);
});
