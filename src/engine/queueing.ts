/** Which queues a job waits in. */
import { cancelIfHomeless } from "./destroying.js";
import type { Facility } from "./facility.js";
import type { LiveJob } from "./job.js";

/**
 * Puts a job without boards into the queues of all machines that may hold it, by priority. A job
 * that none may hold is destroyed.
 */
export function enqueue(facility: Facility, job: LiveJob): void {
  job.leaveQueues();
  job.candidates = facility.machines.filter(
    (machine) => job.mayRunOn(machine) && machine.queue.verdictOf(job) !== "impossible",
  );
  for (const machine of job.candidates) machine.queue.add(job);
  facility.journal.wake();
  cancelIfHomeless(facility, job);
}
