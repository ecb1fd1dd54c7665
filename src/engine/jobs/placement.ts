/**
 * Offers waiting jobs to machines.
 *
 * A job waits in the queue of every machine that could ever hold it, and is offered to them by
 * priority: a machine searches for a job only when every better machine is *settled* on it, which
 * means that it will not take it as things stand. At most one batch per machine is under way. What
 * comes back is a proposal: boards are taken only if they are still free, no board of the machine
 * died or was set aside and no configuration was applied meanwhile.
 *
 * The first attempt of a job is over when it is placed, destroyed, or every machine is settled on it.
 */
import type { SearchItem, SearchResult } from "../../placement/batch-terms.js";
import { SERVER } from "../contract/actors.js";
import { enqueue } from "../queue/enqueue.js";
import { type EngineState, jobChanged } from "../state/engine-state.js";
import { eventBoards, eventJob } from "../state/event-facts.js";
import type { LiveMachine } from "../state/live-job.js";
import { type LiveJob, newPlacement } from "../state/live-job.js";
import { endIfUnplaceable } from "./ending.js";
import { finishFirstAttempt } from "./first-attempt.js";
import { orderPower, tellPowerOrdered } from "./power.js";

/** Most jobs that one batch tries to place, and most whose possibility alone it asks. */
const BATCH_LIMIT = 128;

/** Starts every search that has something to find out; runs at the end of each turn. */
export function offerJobs(state: EngineState): void {
  const { newJobs } = state;
  state.newJobs = [];
  for (const job of newJobs) if (job.firstAttempt) enqueue(state, job);
  if (state.stopping) {
    // What still comes in is stored as queued, and placed after the next start.
    for (const job of state.firstAttempts) finishFirstAttempt(state, job);
    return;
  }
  for (const machine of state.machines) startSearch(state, machine);
  for (const job of state.firstAttempts) {
    if (job.candidates.every((machine) => hasDeclined(state, machine, job)))
      finishFirstAttempt(state, job);
  }
}

function hasDeclined({ settings }: EngineState, machine: LiveMachine, job: LiveJob): boolean {
  const verdict = machine.queue.feasibilityOf(job);
  // A job that it could not hold is about to leave its queue, and perhaps to end.
  if (verdict === undefined || verdict === "impossible") return false;
  return machine.waitsFor.size > 0 || machine.queue.declines(job, settings.queue);
}

function isDeclinedByBetter(state: EngineState, machine: LiveMachine, job: LiveJob): boolean {
  for (const better of job.candidates) {
    if (better === machine) return true;
    if (!hasDeclined(state, better, job)) return false;
  }
  return true;
}

function startSearch(state: EngineState, machine: LiveMachine): void {
  const { queue } = machine;
  const rules = state.settings.queue;
  if (queue.searching) return;
  const toPlace =
    machine.waitsFor.size > 0
      ? []
      : queue.candidates(rules, BATCH_LIMIT, (job) => isDeclinedByBetter(state, machine, job));
  const toAsk = queue.unknown(BATCH_LIMIT).filter((job) => !toPlace.includes(job));
  if (toPlace.length + toAsk.length === 0) return;

  const { version } = queue;
  const { topologyVersion } = machine.bitmaps;
  const jobs = [...toPlace, ...toAsk];
  const items = jobs.map(
    (job): SearchItem => ({
      jobId: job.jobId,
      request: job.request,
      checkPossible: queue.feasibilityOf(job) !== "possible",
    }),
  );
  queue.offer(toPlace);
  state.search.search(
    {
      bitmaps: machine.bitmaps.buffer,
      items,
      overtake: rules.policy === "overtake",
      largestWaiting: queue.largestUnfit(rules),
    },
    ({ results }) => {
      queue.answered();
      state.journal.wake();
      if (machine.isRemoved || state.stopping) return;
      if (machine.bitmaps.topologyVersion !== topologyVersion) return;
      if (state.settings.queue !== rules) return;
      // Those without a result are offered again at the end of this turn.
      results.forEach((result, at) => {
        const job = jobs[at]!;
        if (at < toPlace.length) place(state, machine, job, result, version);
        else learnFeasibility(state, machine, job, result);
      });
    },
  );
}

/** Takes in whether the machine could hold a job when empty. */
function learnFeasibility(
  state: EngineState,
  machine: LiveMachine,
  job: LiveJob,
  { outcome }: SearchResult,
): void {
  machine.queue.setFeasibility(
    job,
    outcome === "needsWithheld" || outcome === "impossible" ? outcome : "possible",
  );
  if (outcome !== "impossible") return;
  machine.queue.remove(job);
  job.candidates = job.candidates.filter((candidate) => candidate !== machine);
  endIfUnplaceable(state, job);
}

/** Takes in a proposal, or that there was none, for a job that the machine was free to take. */
function place(
  state: EngineState,
  machine: LiveMachine,
  job: LiveJob,
  result: SearchResult,
  version: number,
): void {
  const { queue, bitmaps } = machine;
  if (!job.candidates.includes(machine)) {
    // It ended or was placed elsewhere meanwhile: what it, or its boards, kept out may fit after all.
    if (result.outcome === "placed" || result.outcome === "waiting") queue.roomChanged();
    return;
  }
  learnFeasibility(state, machine, job, result);
  if (result.outcome === "waiting") {
    queue.didNotFit(job, state.settings.queue, version, result.rows);
  }
  if (result.outcome !== "placed") return;
  if (!bitmaps.isFree(result.allocation)) {
    queue.roomChanged();
    return;
  }
  bitmaps.occupy(result.allocation);
  job.leaveQueues();
  if (job.failedPlacements === 0) queue.started(state.clock.elapsedMs() - job.createdMs);
  const placement = newPlacement(machine, result.allocation);
  job.takeBoards(placement);
  orderPower(state, job, placement);
  finishFirstAttempt(state, job);
  state.journal.tell({
    kind: "jobPlaced",
    atMs: state.clock.nowMs(),
    job: eventJob(job),
    boards: eventBoards(machine, result.allocation),
  });
  tellPowerOrdered(state, job, placement, SERVER);
  jobChanged(state, job);
}
