/** What may happen to the queue of a machine, at random: jobs come, wait for boards, and end. */
import fc from "fast-check";
import type { QueuePolicy } from "../../../src/engine/queue/queue-policy.js";
import type { WaitingJob } from "../../../src/engine/queue/waiting-job.js";
import { CountingMachine } from "./counting-machine.js";

export type Step =
  | { readonly kind: "create"; readonly triads: number; readonly needsWithheld: boolean }
  | { readonly kind: "end"; readonly which: number }
  | { readonly kind: "pass"; readonly ms: number };

/** Sizes of jobs that can be held, and of those that need withheld boards. */
const TRIADS = { now: [1, 2, 3, 5, 8, 13, 20], withheld: [4, 19] };

export const histories = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("create" as const),
      triads: fc.constantFrom(...TRIADS.now),
      needsWithheld: fc.constant(false),
    }),
    fc.record({
      kind: fc.constant("create" as const),
      triads: fc.constantFrom(...TRIADS.withheld),
      needsWithheld: fc.constant(true),
    }),
    fc.record({ kind: fc.constant("end" as const), which: fc.nat(20) }),
    fc.record({ kind: fc.constant("pass" as const), ms: fc.nat(1000) }),
  ),
  { minLength: 10, maxLength: 120 },
);

export interface Start {
  readonly job: WaitingJob;
  /** Older jobs that could run on the machine and waited then. */
  readonly before: readonly WaitingJob[];
}

/**
 * Lets all of it happen, and then the running jobs end until none is left.
 * @returns the starts in order, and the jobs that wait in the end though they could run
 */
export function play(
  policy: QueuePolicy,
  history: readonly Step[],
): { readonly starts: readonly Start[]; readonly left: readonly WaitingJob[] } {
  const machine = new CountingMachine(policy);
  const runnable: WaitingJob[] = [];
  const starts: Start[] = [];
  const note = () => {
    for (const job of machine.started.slice(starts.length)) {
      runnable.splice(runnable.indexOf(job), 1);
      starts.push({ job, before: runnable.filter(({ jobId }) => jobId < job.jobId) });
    }
  };
  for (const step of history) {
    if (step.kind === "pass") machine.nowMs += step.ms;
    else if (step.kind === "end") machine.end(step.which);
    else {
      const job = machine.create(step.triads, step);
      if (!step.needsWithheld) runnable.push(job);
    }
    note();
  }
  while (machine.running.length > 0) {
    machine.end();
    note();
  }
  return { starts, left: runnable };
}
