/** Tells why a job waits. */
import type { WaitReason } from "../contract/events.js";
import type { EngineState } from "../state/engine-state.js";
import type { LiveJob } from "../state/live-job.js";

/** Tells what stands in the way of a waiting job, on each machine that may take it. */
export function tellWaiting({ journal, clock }: EngineState, job: LiveJob): void {
  const reasons = waitReasons(job);
  job.isToldToNeedWithheld = reasons.some(({ code }) => code === "needsWithheldBoards");
  const event = { kind: "jobWaiting", atMs: clock.nowMs(), job: job.eventJob, reasons } as const;
  journal.tell(event, `job ${job.jobId} waits`);
}

/** Tells it again if boards that it needs were withheld, or came back, since. */
export function tellIfNeedChanged(state: EngineState, job: LiveJob): void {
  if (job.firstAttempt !== null || job.placement !== null) return;
  const needsWithheld = job.queuedOn.some(
    ({ queue }) => queue.feasibilityOf(job) === "needsWithheld",
  );
  if (needsWithheld !== job.isToldToNeedWithheld) tellWaiting(state, job);
}

/** What stands in the way of a waiting job at present. */
export function waitReasons(job: LiveJob): WaitReason[] {
  // A reload that removed a machine may not have come to the job yet.
  const machines = job.queuedOn.filter(({ isRemoved }) => !isRemoved);
  return machines.map(({ name: machine, waitsFor, queue }) => ({
    machine,
    code: waitsFor.size > 0 || queue.filling ? "machineNotReady" : queue.whyWaiting(job),
  }));
}
