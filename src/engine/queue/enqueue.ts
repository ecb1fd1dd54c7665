/** Which queues a job waits in. */
import { type Actor, SERVER } from "../contract/actors.js";
import { endIfUnplaceable } from "../jobs/ending.js";
import type { EngineState } from "../state/engine-state.js";
import type { LiveJob, LiveMachine } from "../state/live-job.js";
import { inSlices } from "../state/slices.js";

/** Units of work (state/slices.ts) to look at a job, and to end one. */
const LOOK = 1;
const END = 4;

/**
 * Puts a job without boards into the queues of all machines that may hold it, by priority, and takes it
 * out of the others. A job that no machine may hold is destroyed.
 */
export function enqueue(state: EngineState, job: LiveJob, actor: Actor = SERVER): void {
  const before = job.queuedOn;
  job.queuedOn = state.machines.filter(
    (machine) =>
      job.mayRunOn(machine.description) && machine.queue.feasibilityOf(job) !== "impossible",
  );
  for (const machine of before) if (!job.queuedOn.includes(machine)) machine.queue.remove(job);
  for (const machine of job.queuedOn) if (!before.includes(machine)) machine.queue.add(job);
  state.journal.wake();
  endIfUnplaceable(state, job, actor);
}

/**
 * Looks anew which queues each waiting job belongs in, in slices.
 * @param changed machines into whose queues jobs may come that are older than some there: they start no
 *   job before all have come, and meanwhile decline them
 */
export function refillQueues(
  state: EngineState,
  changed: Iterable<LiveMachine>,
  actor: Actor,
): void {
  for (const { queue } of changed) queue.filling = true;
  const refill = {};
  state.refill = refill;
  const each = (job: LiveJob): number => {
    if (job.placement !== null) return LOOK;
    enqueue(state, job, actor);
    return state.jobs.has(job.jobId) ? LOOK : END;
  };
  inSlices(state, jobsFor(state, refill), each, () => {
    if (state.refill !== refill) return;
    state.refill = null;
    for (const { queue } of state.machines) queue.filling = false;
    state.journal.wake();
  });
}

/** All jobs, until another reload begins anew. */
function* jobsFor(state: EngineState, refill: object): Iterator<LiveJob> {
  for (const job of state.jobs.values()) {
    if (state.refill !== refill) return;
    yield job;
  }
}
