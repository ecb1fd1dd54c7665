/**
 * Admission: whether a waiting job may start at all, before the queue policy has a say.
 *
 * A job that is not admitted is held: it keeps its place by age, the queue policy does not see it, and
 * nobody waits behind it. When it is let go it is in the queue as if it had never been held. What was
 * offered before it was held is not called back.
 *
 * Quotas and priorities belong here: they are about owners and groups, and not about the machine.
 */
import type { WaitingJob } from "./waiting-job.js";

/** A code for why a job is held, such as "quota". */
export type HoldReason = string;

export interface Admission {
  /**
   * Another number whenever the answer for some job may have changed. A queue asks again for every
   * job at the end of the next turn, up to 100,000 of them, so it is to change for nothing less.
   */
  readonly version: number;

  /**
   * True, or why the job is held. Each queue that the job waits in asks once for each version, and
   * gets the same answer.
   */
  admits(job: WaitingJob): true | HoldReason;
}

/** Holds nobody. */
export const admitAll: Admission = { version: 0, admits: () => true };
