import { setTimeout as sleep } from "node:timers/promises";

const STEP_MS = 100;

/** Waits so long, or until it is over. */
export async function rest(ms: number, isOver: () => boolean): Promise<void> {
  const untilMs = performance.now() + ms;
  for (let leftMs = ms; leftMs > 0 && !isOver(); leftMs = untilMs - performance.now()) {
    await sleep(Math.min(leftMs, STEP_MS));
  }
}
