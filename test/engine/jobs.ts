/** Jobs of a world as their clients see them. */
import type { JobView, NewJob } from "../../src/engine/contract/api.js";
import type { EndedJobRecord } from "../../src/engine/contract/records.js";
import { endReasonText } from "../../src/protocol/answers/end-reason-text.js";
import { CLIENT } from "../support/actors.js";
import type { EngineHarness } from "./engine-harness.js";

/** Creates a job, tells its creator, and lets the world settle, the BMPs too unless told otherwise. */
export function create(
  world: EngineHarness,
  job: NewJob,
  options: { bmps?: boolean } = {},
): number {
  let id: number | undefined;
  world.engine.createJob(job, CLIENT, (jobId, mark) => {
    id = jobId;
    world.engine.whenDurable(mark, () => world.engine.creatorTold(jobId));
  });
  world.settle(options);
  if (id === undefined) throw new Error("create_job was not answered");
  return id;
}

export function live(world: EngineHarness, jobId: number): JobView {
  const job = world.engine.job(jobId);
  if (!job || !("state" in job)) throw new Error(`job ${jobId} does not live`);
  return job;
}

/** State and reason of a job, as a client is told them. */
export function fate(world: EngineHarness, jobId: number): string {
  const job = world.engine.job(jobId);
  if (!job) return "unknown";
  if ("state" in job) return ["", "queued", "power", "ready"][job.state]!;
  return `destroyed: ${endReasonText(job)}`;
}

/** A job that ended with that reason, of which nothing else is known. */
export function endedJob(jobId: number, text: string, order = 1): EndedJobRecord {
  return {
    jobId,
    order,
    reason: { code: "destroyed", text },
    wasQueued: false,
    owner: null,
    host: null,
    startTimeS: null,
    endedAtMs: null,
    actor: null,
    boards: null,
  };
}
