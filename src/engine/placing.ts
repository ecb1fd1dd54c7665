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
import type { SearchItem, SearchResult } from "../allocation/types.js";
import { announce } from "./attempts.js";
import { cancelIfHomeless } from "./destroying.js";
import { type Facility, jobChanged, machineChanged } from "./facility.js";
import { type LiveJob, newPlacement } from "./job.js";
import type { RunningMachine } from "./machine.js";
import { orderPower } from "./powering.js";
import { enqueue } from "./queueing.js";

/** Most jobs that one batch tries to place, and most whose possibility alone it asks. */
const BATCH_LIMIT = 128;

/** Starts every search that has something to find out; runs at the end of each turn. */
export function offerJobs(facility: Facility): void {
  const { arrivals } = facility;
  facility.arrivals = [];
  for (const job of arrivals) if (job.firstAttempt) enqueue(facility, job);
  if (facility.stopping) {
    // What still comes in is stored as queued, and placed after the next start.
    for (const job of facility.attempting) announce(facility, job);
    return;
  }
  for (const machine of facility.machines) startSearch(facility, machine);
  for (const job of facility.attempting) {
    if (job.candidates.every((machine) => isSettled(facility, machine, job)))
      announce(facility, job);
  }
}

function isSettled({ settings }: Facility, machine: RunningMachine, job: LiveJob): boolean {
  const verdict = machine.queue.verdictOf(job);
  // A job that it could not hold is about to leave its queue, and perhaps to end.
  if (verdict === undefined || verdict === "impossible") return false;
  return machine.waitsFor.size > 0 || machine.queue.refuses(job, settings.queue);
}

function isRefusedByBetter(facility: Facility, machine: RunningMachine, job: LiveJob): boolean {
  for (const better of job.candidates) {
    if (better === machine) return true;
    if (!isSettled(facility, better, job)) return false;
  }
  return true;
}

function startSearch(facility: Facility, machine: RunningMachine): void {
  const { queue } = machine;
  const rules = facility.settings.queue;
  if (queue.searching) return;
  const toPlace =
    machine.waitsFor.size > 0
      ? []
      : queue.candidates(rules, BATCH_LIMIT, (job) => isRefusedByBetter(facility, machine, job));
  const toAsk = queue.unknown(BATCH_LIMIT).filter((job) => !toPlace.includes(job));
  if (toPlace.length + toAsk.length === 0) return;

  const { version } = queue;
  const { topologyVersion } = machine.bitmaps;
  const jobs = [...toPlace, ...toAsk];
  const items = jobs.map(
    (job): SearchItem => ({
      jobId: job.jobId,
      request: job.request,
      checkPossible: queue.verdictOf(job) !== "possible",
    }),
  );
  queue.offer(toPlace);
  facility.search.search(
    {
      bitmaps: machine.bitmaps.buffer,
      items,
      overtake: rules.policy === "overtake",
      largestWaiting: queue.largestUnfit(rules),
    },
    ({ results }) => {
      queue.answered();
      facility.journal.wake();
      if (machine.isRemoved || facility.stopping) return;
      if (machine.bitmaps.topologyVersion !== topologyVersion) return;
      if (facility.settings.queue !== rules) return;
      // Those without a result are offered again at the end of this turn.
      results.forEach((result, at) => {
        const job = jobs[at]!;
        if (at < toPlace.length) place(facility, machine, job, result, version);
        else learn(facility, machine, job, result);
      });
    },
  );
}

/** Takes in whether the machine could hold a job when empty. */
function learn(
  facility: Facility,
  machine: RunningMachine,
  job: LiveJob,
  { outcome }: SearchResult,
): void {
  machine.queue.learn(
    job,
    outcome === "lacking" || outcome === "impossible" ? outcome : "possible",
  );
  if (outcome !== "impossible") return;
  machine.queue.remove(job);
  job.candidates = job.candidates.filter((candidate) => candidate !== machine);
  cancelIfHomeless(facility, job);
}

/** Takes in a proposal, or that there was none, for a job that the machine was free to take. */
function place(
  facility: Facility,
  machine: RunningMachine,
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
  learn(facility, machine, job, result);
  if (result.outcome === "waiting") {
    queue.didNotFit(job, facility.settings.queue, version, result.rows);
  }
  if (result.outcome !== "placed") return;
  if (!bitmaps.isFree(result.allocation)) {
    queue.roomChanged();
    return;
  }
  bitmaps.occupy(result.allocation);
  job.leaveQueues();
  if (job.failedPlacements === 0) queue.started(facility.clock.elapsed() - job.createdMs);
  const placement = newPlacement(machine, result.allocation);
  job.takeBoards(placement);
  orderPower(facility, job, placement);
  jobChanged(facility, job);
  machineChanged(facility, machine);
  announce(facility, job);
}
