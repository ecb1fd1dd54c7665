/**
 * Jobs that nobody touches for as long as their keepalive are destroyed.
 *
 * A restart closes the connections of all clients, and many do not come back: what kept their jobs alive
 * has ended unseen, while the programs that use the boards run on. So jobs from before the start have
 * a grace, until somebody touches them, it is over, or an operator ends it.
 *
 * Both run out only where somebody could have touched the job: from when the answer with its id has left,
 * and not while the server itself was away (Clock.attendedMs).
 */
import { counted } from "../../domain/counted.js";
import { type Actor, actorText, SERVER } from "../contract/actors.js";
import type { GraceApi, GraceJob } from "../contract/operator-api.js";
import type { EngineState } from "../state/engine-state.js";
import type { LiveJob } from "../state/live-job.js";
import { inSlices } from "../state/slices.js";
import { endJob } from "./ending.js";

/** Units of work to end a job; see state/slices.ts. */
const UNITS_TO_END = 4;

/** The keepalive check, again and again until the engine ends. */
export function startKeepaliveChecks(state: EngineState): void {
  state.clock.after(state.settings.keepaliveCheckMs, () => {
    if (state.stopping) return;
    checkKeepalives(state);
    startKeepaliveChecks(state);
  });
}

function checkKeepalives(state: EngineState): void {
  const nowMs = state.clock.attendedMs();
  const suspects = [...state.jobs.values()].filter((job) => isExpired(state, job, nowMs));
  if (suspects.length === 0) return;
  // What has already arrived in a socket counts as a touch: let it be read first.
  state.clock.endOfTurn(() => {
    if (state.stopping) return;
    const expired = suspects.filter((job) => isExpired(state, job, nowMs));
    const hadGrace: LiveJob[] = [];
    const end = (job: LiveJob): number => {
      // It may have been touched since the last slice.
      if (!isExpired(state, job, nowMs)) return UNITS_TO_END;
      if (hasGrace(state, job)) hadGrace.push(job);
      endJob(state, job, { code: "keepaliveExpired" }, SERVER);
      return UNITS_TO_END;
    };
    inSlices(state, expired.values(), end, () => tellGraceOver(state, hadGrace));
  });
}

function isExpired(state: EngineState, job: LiveJob, nowMs: number): boolean {
  if (job.keepaliveS === null || !job.isCreatorTold) return false;
  return nowMs - job.lastTouchMs > patienceMs(state, job);
}

/** How long a job with a keepalive lives without being touched. */
function patienceMs(state: EngineState, job: LiveJob): number {
  return hasGrace(state, job) ? state.settings.graceMs : job.keepaliveS! * 1000;
}

/** Whether it lives longer than by its keepalive. */
function hasGrace({ settings }: EngineState, { keepaliveS, isInGrace }: LiveJob): boolean {
  return isInGrace && keepaliveS !== null && keepaliveS * 1000 < settings.graceMs;
}

function tellGraceOver({ log, settings }: EngineState, jobs: readonly LiveJob[]): void {
  if (jobs.length === 0) return;
  const jobIds = jobs.map(({ jobId }) => jobId);
  const [were, them] = jobs.length === 1 ? ["is", "it"] : ["are", "them"];
  log.warn(
    { jobs: jobIds },
    `${counted(jobs.length, "job")} ${were} destroyed: nobody has shown interest in ${them} in the ` +
      `${settings.graceMs / 1000} s since the start (secondsOfGraceAfterStart)`,
  );
}

export function graceApi(state: EngineState): GraceApi {
  return {
    jobsInGrace: () => jobsInGrace(state),
    endGrace: (jobIds, actor) => endGrace(state, jobIds, actor),
  };
}

function jobsInGrace(state: EngineState): GraceJob[] {
  const { clock, settings, jobs } = state;
  const nowMs = clock.nowMs();
  const attendedMs = clock.attendedMs();
  return [...jobs.values()]
    .filter((job) => hasGrace(state, job))
    .map(({ jobId, owner, host, keepaliveS, lastTouchMs }) => ({
      jobId,
      owner,
      host,
      keepaliveS: keepaliveS!,
      endsAtMs: nowMs + lastTouchMs + settings.graceMs - attendedMs,
    }));
}

function endGrace(state: EngineState, jobIds: readonly number[] | null, actor: Actor): number[] {
  const chosen = jobIds === null ? null : new Set(jobIds);
  const jobs = [...state.jobs.values()].filter(({ jobId }) => chosen === null || chosen.has(jobId));
  const ended = jobs.filter((job) => hasGrace(state, job)).map(({ jobId }) => jobId);
  // Those whose keepalive is longer as well: a reload that lengthens the grace gives them none.
  for (const job of jobs) job.isInGrace = false;
  if (ended.length > 0) {
    state.log.warn(
      { jobs: ended },
      `${actorText(actor)} ends the grace of ${counted(ended.length, "job")}: from now on their keepalives count`,
    );
  }
  if (!state.stopping) checkKeepalives(state);
  return ended;
}
