/** Jobs that nobody touches for as long as their keepalive are destroyed. */

import { SERVER } from "../contract/actors.js";
import type { EngineState } from "../state/engine-state.js";
import type { LiveJob } from "../state/live-job.js";
import { endJob } from "./ending.js";

/** The keepalive check, again and again until the engine ends. */
export function startKeepaliveChecks(state: EngineState): void {
  state.clock.after(state.settings.keepaliveCheckMs, () => {
    if (state.stopping) return;
    checkKeepalives(state);
    startKeepaliveChecks(state);
  });
}

function checkKeepalives(state: EngineState): void {
  const nowMs = state.clock.elapsedMs();
  const suspects = [...state.jobs.values()].filter((job) => isExpired(job, nowMs));
  if (suspects.length === 0) return;
  // What has already arrived in a socket counts as a touch: let it be read first.
  state.clock.endOfTurn(() => {
    for (const job of suspects) {
      if (!state.stopping && isExpired(job, nowMs))
        endJob(state, job, { code: "keepaliveExpired" }, SERVER);
    }
  });
}

function isExpired(job: LiveJob, nowMs: number): boolean {
  return job.keepaliveS !== null && nowMs - job.lastTouchMs > job.keepaliveS * 1000;
}
