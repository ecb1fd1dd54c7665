/** Jobs that are created at once, watched until they are ready, and then given back. */
import type { ProtocolClient } from "../../src/client/protocol-client.js";

const POWER = 2;
const READY = 3;
const DESTROYED = 4;

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

interface Listed {
  readonly job_id: number;
  readonly state: number;
}

/**
 * Creates all jobs, in this order, and gives each back `holdMs` after it is ready. Ends when all have
 * been ready or have ended otherwise, or after `limitMs`.
 */
export async function runJobs(
  client: ProtocolClient,
  sizes: readonly (readonly number[])[],
  { holdMs, limitMs }: { readonly holdMs: number; readonly limitMs: number },
): Promise<JobRun> {
  const readyMs: number[] = [];
  const errors: string[] = [];
  const open = new Map<number, Watched>();
  await client.call("notify_job");
  await Promise.all(
    sizes.map(async (size) => {
      const created = performance.now();
      const id = Number(await client.call("create_job", size, { owner: "bench", keepalive: null }));
      open.set(id, { id, created });
    }),
  );
  const end = performance.now() + limitMs;
  while (open.size > 0) {
    if (performance.now() > end) {
      errors.push(`${open.size} jobs are not ready after ${limitMs / 1000} s`);
      break;
    }
    const jobs = (await client.call("list_jobs")) as readonly Listed[];
    const states = new Map(jobs.map(({ job_id: id, state }) => [id, state]));
    for (const { id, created } of [...open.values()]) {
      const state = states.get(id) ?? DESTROYED;
      if (state !== READY && state !== DESTROYED) continue;
      open.delete(id);
      if (state === READY) {
        readyMs.push(performance.now() - created);
        setTimeout(() => void giveBack(client, id, errors), holdMs);
      } else {
        const { reason } = (await client.call("get_job_state", [id])) as { reason: string };
        errors.push(`job ${id} ended: ${reason}`);
      }
    }
    await Promise.race([client.notification(), new Promise((resolve) => setTimeout(resolve, 200))]);
  }
  return { readyMs: readyMs.sort((a, b) => a - b), errors };
}

async function giveBack(client: ProtocolClient, id: number, errors: string[]): Promise<void> {
  const { state, reason } = (await client.call("get_job_state", [id])) as {
    state: number;
    reason: string | null;
  };
  // Ready again, or in state power because one of its boards is brought back: still the client's.
  if (state !== READY && state !== POWER) errors.push(`job ${id} ended while it ran: ${reason}`);
  await client.call("destroy_job", [id]);
}

/** The value that a share of the sorted values do not exceed. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
