/** What must hold of the engine after every step, seen from outside and from its committed records. */
import { boardsOf } from "../../src/allocation/boards.js";
import type { Allocation } from "../../src/allocation/types.js";
import type { SavedState } from "../../src/engine/records.js";
import type { World } from "./world.js";

/** @throws Error that says which invariant is broken. */
export function checkInvariants(world: World): void {
  noBoardHasTwoJobs(world);
  recordsAgree(world.store.load());
}

function noBoardHasTwoJobs(world: World): void {
  const owners = new Map<string, number>();
  for (const job of world.engine.jobs()) {
    if (!job.placed) continue;
    const { description } = job.placed.machine;
    for (const board of boardsOf(job.placed.allocation, description)) {
      const key = `${description.name} ${board.join()}`;
      const other = owners.get(key);
      if (other !== undefined)
        throw new Error(`board ${key} is given to ${other} and ${job.jobId}`);
      owners.set(key, job.jobId);
    }
  }
}

/** A server started on these records would have every board once, and every id below the counters. */
function recordsAgree(state: SavedState): void {
  const machines = new Map(state.machines.map((record) => [record.machineId, record]));
  const owners = new Map<string, string>();
  const own = (machineId: number, allocation: Allocation, whose: string): void => {
    const machine = machines.get(machineId);
    if (!machine) throw new Error(`${whose} is on machine ${machineId}, which is not recorded`);
    for (const board of boardsOf(allocation, machine.description)) {
      const key = `${machineId} ${board.join()}`;
      const other = owners.get(key);
      if (other) throw new Error(`board ${key} is recorded for ${other} and ${whose}`);
      owners.set(key, whose);
    }
  };
  for (const { jobId, placement } of state.jobs) {
    if (jobId >= state.counters.nextJobId) throw new Error(`job id ${jobId} could be given again`);
    if (placement) own(placement.machineId, placement.allocation, `job ${jobId}`);
  }
  for (const { restId, machineId, allocation } of state.rests) {
    own(machineId, allocation, `rest ${restId}`);
  }
  const live = new Set(state.jobs.map(({ jobId }) => jobId));
  for (const { jobId } of state.retired) {
    if (live.has(jobId)) throw new Error(`job ${jobId} lives and is retired`);
  }
}
