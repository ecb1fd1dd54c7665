/** Jobs that nobody touches for as long as their keepalive are destroyed. */
import { retire } from "./destroying.js";
import type { Facility } from "./facility.js";
import type { LiveJob } from "./job.js";

const TIMED_OUT = "Job timed out.";

/** Sweeps now and again; ends with the engine. */
export function startSweeps(facility: Facility): void {
  facility.clock.after(facility.settings.sweepMs, () => {
    if (facility.stopping) return;
    sweep(facility);
    startSweeps(facility);
  });
}

function sweep(facility: Facility): void {
  const nowMs = facility.clock.elapsed();
  const suspects = [...facility.jobs.values()].filter((job) => isExpired(job, nowMs));
  if (suspects.length === 0) return;
  // What has already arrived in a socket counts as a touch: let it be read first.
  facility.clock.endOfTurn(() => {
    for (const job of suspects) {
      if (!facility.stopping && isExpired(job, nowMs)) retire(facility, job, TIMED_OUT);
    }
  });
}

function isExpired(job: LiveJob, nowMs: number): boolean {
  return job.keepalive !== null && nowMs - job.lastTouchMs > job.keepalive * 1000;
}
