/** Which threads of this process go first when there are fewer cores than busy threads. */
import { constants, getPriority, platform, setPriority } from "node:os";

/**
 * Lowers the priority of the calling thread below that of the process's other threads. This works on
 * Linux only, where setpriority(2) of "this process" is about the calling thread; elsewhere it would
 * be about all threads, so nothing is done.
 *
 * @param steps of niceness, counted from that of the process
 */
export function yieldToOthers(steps: number): void {
  if (platform() !== "linux") return;
  setPriority(Math.min(getPriority() + steps, constants.priority.PRIORITY_LOW));
}
