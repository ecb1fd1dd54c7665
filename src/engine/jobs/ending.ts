/** The end of a job. */

import { returnBoards } from "../boards/cooldown.js";
import { type Actor, SERVER } from "../contract/actors.js";
import type { EndReason } from "../contract/end-reasons.js";
import type { EngineState } from "../state/engine-state.js";
import { eventBoards } from "../state/event-facts.js";
import type { LiveJob } from "../state/live-job.js";
import { finishFirstAttempt, introduce } from "./first-attempt.js";

/** Ends a job: it leaves its queues, or its boards are powered off. */
export function endJob(state: EngineState, job: LiveJob, reason: EndReason, actor: Actor): void {
  if (!state.jobs.delete(job.jobId)) return;
  state.holdings.remove(job);
  const { jobId, owner, host, startTimeS, placement } = job;
  const { journal } = state;
  const endedAtMs = state.clock.nowMs();
  const boards = placement && eventBoards(placement.machine, placement.allocation);
  introduce(state, job);
  job.leaveQueues();
  journal.jobs.delete(jobId);
  state.endedJobs.add({
    jobId,
    order: state.endedJobs.nextOrder(),
    reason,
    wasQueued: placement === null,
    owner,
    host,
    startTimeS,
    endedAtMs,
    actor,
    boards: boards && { machine: boards.machine, allocation: boards.allocation },
  });
  journal.tell({ kind: "jobEnded", atMs: endedAtMs, job: job.eventJob, reason, actor, boards });
  if (placement) returnBoards(state, job, placement);
  finishFirstAttempt(state, job);
}

/** Ends a waiting job that is in no queue any more. */
export function endIfUnplaceable(state: EngineState, job: LiveJob, actor: Actor = SERVER): void {
  if (job.placement === null && job.queuedOn.length === 0) {
    endJob(state, job, { code: "noSuitableMachine" }, actor);
  }
}
