/** The end of a job. */

import { returnBoards } from "../boards/cooldown.js";
import { type EngineState, machineChanged } from "../state/engine-state.js";
import type { LiveJob } from "../state/live-job.js";
import { finishFirstAttempt } from "./first-attempt.js";

/** What clients are told of a job that no machine could ever hold. */
const NO_SUITABLE_MACHINES = "No suitable machines available.";

/** Ends a job: it leaves its queues, or its boards are powered off. */
export function endJob(state: EngineState, job: LiveJob, reason: string | null): void {
  if (!state.jobs.delete(job.jobId)) return;
  const { placement } = job;
  const { journal } = state;
  job.leaveQueues();
  journal.jobs.delete(job.jobId);
  journal.tellJob(job.jobId);
  state.endedJobs.add(job.jobId, placement === null ? `Cancelled: ${reason ?? ""}` : reason);
  if (placement) {
    returnBoards(state, job, placement);
    machineChanged(state, placement.machine);
  }
  finishFirstAttempt(state, job);
}

/** Ends a waiting job that is in no queue any more. */
export function endIfUnplaceable(state: EngineState, job: LiveJob): void {
  if (job.placement === null && job.candidates.length === 0) {
    endJob(state, job, NO_SUITABLE_MACHINES);
  }
}
