/**
 * Placements of which boards failed. A job that was ready ends. One that never was goes elsewhere: it
 * prefers frames on which it has not failed, and after `maxPlacements` such failures it ends if no
 * machine could hold it without withheld boards.
 */
import { returnBoards } from "../boards/cooldown.js";
import { suspectFrame } from "../boards/suspect-frames.js";
import { SERVER } from "../contract/actors.js";
import { enqueue } from "../queue/enqueue.js";
import { type EngineState, jobChanged } from "../state/engine-state.js";
import { eventBoards } from "../state/event-facts.js";
import type { LiveJob, LiveMachine, Placement } from "../state/live-job.js";
import { jobsOn } from "../state/lookup.js";
import { endJob } from "./ending.js";

/** Ends the job, or has it placed elsewhere, for boards of it failed. @param boards their indices */
export function placementFailed(
  state: EngineState,
  job: LiveJob,
  placement: Placement,
  boards: readonly number[],
  failure: string,
): void {
  const { machine, allocation } = placement;
  job.failedPlacements += 1;
  job.lastFailure = failure;
  for (const board of boards) {
    const bmp = machine.bmpOf(board);
    if (bmp !== null) job.failedOn.add(bmp);
  }
  if (placement.everReady) {
    endJob(state, job, { code: "boardsFailed", failure }, SERVER);
    return;
  }
  state.log.warn({ jobId: job.jobId }, `job ${job.jobId} goes back to the queue: ${failure}`);
  state.journal.tell({
    kind: "jobRequeued",
    atMs: state.clock.nowMs(),
    job: job.eventJob,
    boards: eventBoards(machine, allocation),
    failure,
  });
  returnBoards(state, job, placement);
  jobChanged(state, job);
  enqueue(state, job);
  endIfHopeless(state, job);
}

/** Places jobs elsewhere that were never ready and wait for boards which they had better not get. */
export function leaveBoards(
  state: EngineState,
  machine: LiveMachine,
  boards: readonly number[],
  reason: string,
): void {
  for (const job of jobsOn(machine, boards)) {
    const { placement } = job;
    if (placement === null || placement.everReady) continue;
    placementFailed(state, job, placement, boards, reason);
  }
}

/** Suspects the frames of BMPs, each with the reason: jobs do not wait for their boards to come up. */
export function suspectFrames(state: EngineState, suspect: ReadonlyMap<string, string>): void {
  for (const [bmp, reason] of suspect) {
    suspectFrame(state, bmp, reason);
    for (const machine of state.machines) {
      leaveBoards(state, machine, machine.boardsOfBmp(bmp), reason);
    }
  }
}

/** Ends a waiting job that has failed often enough and that no machine could hold as it is now. */
export function endIfHopeless(state: EngineState, job: LiveJob): void {
  const { lastFailure: failure } = job;
  if (failure === null || job.failedPlacements < state.settings.maxPlacements) return;
  if (job.placement !== null || job.queuedOn.length === 0) return;
  const mayHold = job.queuedOn.some(
    ({ queue, isRemoved }) => !isRemoved && queue.feasibilityOf(job) !== "needsWithheld",
  );
  if (!mayHold) endJob(state, job, { code: "boardsFailed", failure }, SERVER);
}
