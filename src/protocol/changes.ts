/** What of a commit's events the line protocol's watchers are told: which jobs and machines changed. */
import type { EngineEvent } from "../engine/contract/events.js";

export interface Changes {
  /** In the order in which they changed, each once. */
  readonly jobs: readonly number[];
  readonly machines: readonly string[];
}

/** What changed for watchers; null when nothing did. */
export function changesIn(events: readonly EngineEvent[]): Changes | null {
  const jobs = new Set<number>();
  const machines = new Set<string>();
  for (const event of events) {
    switch (event.kind) {
      case "jobCreated":
      case "jobPowerOrdered":
      case "jobReady":
        jobs.add(event.job.jobId);
        break;
      case "jobPlaced":
      case "jobRequeued":
        jobs.add(event.job.jobId);
        machines.add(event.boards.machine);
        break;
      case "jobEnded":
        jobs.add(event.job.jobId);
        if (event.boards !== null) machines.add(event.boards.machine);
        break;
      case "machineAdded":
      case "machineChanged":
      case "machineRemoved":
      case "machineBoardsWithheld":
        machines.add(event.machine);
        break;
      default:
    }
  }
  return jobs.size + machines.size > 0 ? { jobs: [...jobs], machines: [...machines] } : null;
}
