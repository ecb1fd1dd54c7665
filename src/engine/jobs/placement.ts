/**
 * Offers waiting jobs to machines.
 *
 * A job waits in the queue of every machine that could ever hold it, and is offered to them by
 * priority: a machine searches for a job only when every better machine *declines* it, which means that
 * it will not take the job as things stand. At most one batch per machine is under way. What comes
 * back is a proposal: the boards are taken only if they are still free, and if no board of the machine
 * has died, been withheld or come back, and no configuration has been applied, meanwhile.
 *
 * The first attempt of a job is over when it is placed or destroyed, or every machine declines it.
 */
import type { SearchItem, SearchResult } from "../../placement/batch-types.js";
import { SERVER } from "../contract/actors.js";
import { enqueue } from "../queue/enqueue.js";
import { type EngineState, jobChanged } from "../state/engine-state.js";
import { eventBoards } from "../state/event-facts.js";
import type { LiveMachine } from "../state/live-job.js";
import { type LiveJob, newPlacement } from "../state/live-job.js";
import { endIfUnplaceable } from "./ending.js";
import { endIfHopeless } from "./failed-placements.js";
import { finishFirstAttempt } from "./first-attempt.js";
import { orderPower, tellPowerOrdered } from "./power.js";
import { tellIfNeedChanged, tellWaiting } from "./waiting.js";

/** How many jobs one batch tries to place at most, and for how many more it finds the feasibility. */
const BATCH_LIMIT = 128;

/** Starts every search that has something to find out. Runs at the end of each turn. */
export function offerJobs(state: EngineState): void {
  const { newJobs } = state;
  state.newJobs = [];
  for (const job of newJobs) if (job.firstAttempt) enqueue(state, job);
  if (state.stopping) {
    // Jobs that still come in are stored as queued, and placed after the next start.
    for (const job of state.firstAttempts) finishFirstAttempt(state, job);
    return;
  }
  for (const machine of state.machines) machine.queue.renewAdmissions();
  for (const machine of state.machines) startSearch(state, machine);
  for (const job of state.firstAttempts) {
    if (!job.queuedOn.every((machine) => declines(machine, job))) continue;
    finishFirstAttempt(state, job);
    tellWaiting(state, job);
  }
}

function declines({ queue, waitsFor, isRemoved }: LiveMachine, job: LiveJob): boolean {
  if (isRemoved) return true;
  const feasibility = queue.feasibilityOf(job);
  // A job that the machine could never hold is about to leave its queue, and perhaps to end.
  if (feasibility === undefined || feasibility === "impossible") return false;
  return waitsFor.size > 0 || queue.declines(job);
}

/** Whether all machines on which the job is queued that come before this machine decline it. */
function isLeftTo(machine: LiveMachine, job: LiveJob): boolean {
  for (const better of job.queuedOn) {
    if (better === machine) return true;
    if (!declines(better, job)) return false;
  }
  return true;
}

function startSearch(state: EngineState, machine: LiveMachine): void {
  const { queue } = machine;
  const { settings } = state;
  if (queue.searching) return;
  const unknown = queue.ofUnknownFeasibility(BATCH_LIMIT);
  const placesNobody =
    machine.waitsFor.size > 0 || queue.filling || (queue.owesChecks && unknown.length > 0);
  const toPlace = placesNobody
    ? []
    : queue.candidates(BATCH_LIMIT, (job) => isLeftTo(machine, job));
  const toCheck = unknown.filter((job) => !toPlace.includes(job));
  if (toPlace.length + toCheck.length === 0) return;

  const { version } = queue;
  const { topologyVersion } = machine.bitmaps;
  const jobs = [...toPlace, ...toCheck];
  const items = jobs.map(
    (job): SearchItem => ({
      jobId: job.jobId,
      request: job.request,
      checkPossible: queue.feasibilityOf(job) !== "possible",
      ...boardsToAvoid(machine, job),
    }),
  );
  queue.searchBegan(toPlace);
  state.search.search(
    {
      bitmaps: machine.bitmaps.buffer,
      items,
      overtake: queue.overtaking,
      largestWaiting: queue.largestWaiting(),
    },
    ({ results }) => {
      queue.searchEnded({
        placed: toPlace.slice(0, results.length),
        checked: toCheck.slice(0, Math.max(0, results.length - toPlace.length)),
        jobsLeft: results.length < toPlace.length,
        checksLeft: results.length < jobs.length && toCheck.length > 0,
      });
      state.journal.wake();
      if (machine.isRemoved || state.stopping) return;
      if (machine.bitmaps.topologyVersion !== topologyVersion) return;
      if (state.settings !== settings) return;
      // Jobs without a result are offered again at the end of this turn.
      results.forEach((result, at) => {
        const job = jobs[at]!;
        if (at < toPlace.length) place(state, machine, job, result, version);
        else learnFeasibility(state, machine, job, result);
      });
    },
  );
}

/** The boards of frames on which the job failed; most jobs have not. */
function boardsToAvoid(machine: LiveMachine, { failedOn }: LiveJob): Pick<SearchItem, "avoid"> {
  if (failedOn.size === 0) return {};
  const avoid = [...failedOn].flatMap((bmp) => machine.boardsOfBmp(bmp));
  return avoid.length === 0 ? {} : { avoid };
}

/** Takes in whether the empty machine could hold a job. */
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
  // It ended or was placed elsewhere meanwhile.
  if (!job.queuedOn.includes(machine)) return;
  if (outcome !== "impossible") {
    if (outcome !== "placed") tellIfNeedChanged(state, job);
    if (outcome === "needsWithheld") endIfHopeless(state, job);
    return;
  }
  machine.queue.remove(job);
  job.queuedOn = job.queuedOn.filter((other) => other !== machine);
  endIfUnplaceable(state, job);
}

/** Takes in a proposal, or that there was no room, for a job that was left to the machine. */
function place(
  state: EngineState,
  machine: LiveMachine,
  job: LiveJob,
  result: SearchResult,
  version: number,
): void {
  const { queue, bitmaps } = machine;
  if (!job.queuedOn.includes(machine)) {
    // It ended or was placed elsewhere meanwhile: there may be room for the jobs that it kept out.
    if (result.outcome === "placed" || result.outcome === "waiting") queue.roomChanged();
    return;
  }
  learnFeasibility(state, machine, job, result);
  if (result.outcome === "waiting") queue.didNotFit(job, version, result.rows);
  if (result.outcome !== "placed") return;
  if (!bitmaps.isFree(result.allocation)) {
    queue.roomChanged();
    return;
  }
  machine.occupy(result.allocation, job.creatorHost);
  job.leaveQueues();
  if (job.failedPlacements === 0) queue.started(job, state.clock.elapsedMs());
  const placement = newPlacement(machine, result.allocation);
  job.takeBoards(placement);
  orderPower(state, job, placement);
  finishFirstAttempt(state, job);
  state.journal.tell({
    kind: "jobPlaced",
    atMs: state.clock.nowMs(),
    job: job.eventJob,
    boards: eventBoards(machine, result.allocation),
  });
  tellPowerOrdered(state, job, placement, SERVER);
  jobChanged(state, job);
}
