/** Jobs that are created at once, watched until they are ready, and then given back. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, JobState } from "../../src/client/index.js";

export interface JobRun {
  /** Milliseconds from creation until ready, of each job that became so. */
  readonly readyMs: readonly number[];
  /** What a client was told that it should not have been. */
  readonly errors: readonly string[];
}

interface Watched {
  readonly id: number;
  readonly created: number;
}

/**
 * Creates all jobs, in this order, at once or one every `everyMs`, and gives each back `holdMs` after it is ready. Ends when all have
 * been given back or have ended otherwise, or `limitMs` after the start with those that are ready by then.
 */
export async function runJobs(
  client: Client,
  sizes: readonly (readonly number[])[],
  {
    holdMs,
    limitMs,
    everyMs = 0,
  }: { readonly holdMs: number; readonly limitMs: number; readonly everyMs?: number },
): Promise<JobRun> {
  const readyMs: number[] = [];
  const errors: string[] = [];
  const open = new Map<number, Watched>();
  const givenBack: Promise<void>[] = [];
  const changes = client.changes();
  await client.call("notify_job");
  let isCreating = true;
  const creation = Promise.all(
    sizes.map(async (size, index) => {
      if (everyMs > 0) await sleep(index * everyMs);
      const created = performance.now();
      const id = await client.call("create_job", size, { owner: "bench", keepalive: null });
      open.set(id, { id, created });
    }),
  ).finally(() => {
    isCreating = false;
  });
  if (everyMs === 0) await creation;
  const end = performance.now() + limitMs;
  while (isCreating || open.size > 0) {
    if (performance.now() > end) {
      errors.push(`${open.size} jobs are not ready after ${limitMs / 1000} s`);
      break;
    }
    const jobs = await client.call("list_jobs");
    const states = new Map(jobs.map(({ job_id: id, state }) => [id, state]));
    for (const { id, created } of [...open.values()]) {
      const state = states.get(id) ?? JobState.destroyed;
      if (state !== JobState.ready && state !== JobState.destroyed) continue;
      open.delete(id);
      if (state === JobState.ready) {
        readyMs.push(performance.now() - created);
        givenBack.push(sleep(holdMs).then(() => giveBack(client, id, errors)));
      } else {
        const { reason } = await client.call("get_job_state", [id]);
        errors.push(`job ${id} ended: ${reason}`);
      }
    }
    await Promise.race([changes.next(), sleep(200)]);
  }
  changes.stop();
  await creation;
  await Promise.all(givenBack);
  return { readyMs: readyMs.sort((a, b) => a - b), errors };
}

async function giveBack(client: Client, id: number, errors: string[]): Promise<void> {
  const { state, reason } = await client.call("get_job_state", [id]);
  // Ready again, or in state power because one of its boards is brought back: still the client's.
  if (state !== JobState.ready && state !== JobState.power) {
    errors.push(`job ${id} ended while it ran: ${reason}`);
  }
  await client.call("destroy_job", [id]);
}

/** The value that a share of the sorted values do not exceed. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
