/** Which thread of this process goes first where there are fewer cores than threads with work. */
import { constants, getPriority, platform, setPriority } from "node:os";

/**
 * Lets the calling thread yield to those of its process that did not call this. On Linux "this
 * process" means the calling thread for the kernel's setpriority(2); elsewhere it would be all
 * threads, and so nothing is done.
 *
 * @param steps of niceness, counted from that of the process
 */
export function yieldToOthers(steps: number): void {
  if (platform() !== "linux") return;
  setPriority(Math.min(getPriority() + steps, constants.priority.PRIORITY_LOW));
}
