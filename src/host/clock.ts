/** The engine's clock in the real world. */
import { performance } from "node:perf_hooks";
import type { Clock } from "../engine/contract/ports.js";
import { Attendance, BEAT_MS } from "./attendance.js";

/** Longest delay that Node's timers keep; beyond it they would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const attendance = new Attendance(() => performance.now());
setInterval(() => attendance.beat(), BEAT_MS).unref();

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  elapsedMs: () => performance.now(),
  attendedMs: () => attendance.attendedMs(),
  after(delayMs, callback) {
    let timer: NodeJS.Timeout;
    const start = (leftMs: number): void => {
      const waitMs = Math.min(leftMs, LONGEST_TIMER_MS);
      timer = setTimeout(() => (leftMs > waitMs ? start(leftMs - waitMs) : callback()), waitMs);
    };
    start(delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
  endOfTurn(callback) {
    setImmediate(callback);
  },
};
