/** The end of a job. */
import { announce } from "./attempts.js";
import { type Facility, machineChanged } from "./facility.js";
import type { LiveJob } from "./job.js";
import { releaseBoards } from "./resting.js";

/** What clients are told of a job that no machine could ever hold. */
export const NO_SUITABLE_MACHINES = "No suitable machines available.";

/** Ends a job: it leaves its queues, or its boards are powered off. */
export function retire(facility: Facility, job: LiveJob, reason: string | null): void {
  if (!facility.jobs.delete(job.jobId)) return;
  const { placement } = job;
  const { journal } = facility;
  job.leaveQueues();
  journal.jobs.delete(job.jobId);
  journal.tellJob(job.jobId);
  facility.retired.add(job.jobId, placement === null ? `Cancelled: ${reason ?? ""}` : reason);
  if (placement) {
    releaseBoards(facility, job, placement);
    machineChanged(facility, placement.machine);
  }
  announce(facility, job);
}

/** Ends a waiting job that is in no queue any more. */
export function cancelIfHomeless(facility: Facility, job: LiveJob): void {
  if (job.placement === null && job.candidates.length === 0) {
    retire(facility, job, NO_SUITABLE_MACHINES);
  }
}
