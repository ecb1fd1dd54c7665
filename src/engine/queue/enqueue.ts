/** Which queues a job waits in. */
import { endIfUnplaceable } from "../jobs/ending.js";
import type { EngineState } from "../state/engine-state.js";
import type { LiveJob } from "../state/live-job.js";

/** Takes all waiting jobs out of all queues. */
export function emptyQueues({ jobs }: EngineState): void {
  // The youngest first: taking one from the end of a queue moves no others.
  for (const job of [...jobs.values()].reverse()) job.leaveQueues();
}

/**
 * Puts a job without boards into the queues of all machines that may hold it, by priority. A job
 * that none may hold is destroyed.
 */
export function enqueue(state: EngineState, job: LiveJob): void {
  job.leaveQueues();
  job.queuedOn = state.machines.filter(
    (machine) =>
      job.mayRunOn(machine.description) && machine.queue.feasibilityOf(job) !== "impossible",
  );
  for (const machine of job.queuedOn) machine.queue.add(job);
  state.journal.wake();
  endIfUnplaceable(state, job);
}
