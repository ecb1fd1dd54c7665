/**
 * The queues of the machines: under first come, first served no job is passed by a younger one, and
 * when all is quiet the job at the head of a queue does not fit.
 */
import { placeBatch } from "../../../src/allocation/batch.js";
import type { JobView } from "../../../src/engine/api.js";
import type { RunningMachine } from "../../../src/engine/machine.js";
import { hold } from "../violation.js";
import type { World } from "../world.js";
import type { Possibilities } from "./possibilities.js";

export class Queues {
  /** Jobs that have had a machine: one that is placed anew comes back into the queue out of turn. */
  private readonly placed = new Set<number>();

  constructor(
    private readonly world: World,
    private readonly possibilities: Possibilities,
  ) {}

  check(jobs: readonly JobView[]): void {
    for (const { jobId, placed } of jobs) {
      if (placed === null || this.placed.has(jobId)) continue;
      this.placed.add(jobId);
      const { machines } = this.world.engine["facility"];
      const machine = machines.find(({ name }) => name === placed.machine.description.name);
      if (machine) this.checkTurn(jobId, machine);
    }
  }

  private checkTurn(jobId: number, machine: RunningMachine): void {
    for (const older of this.world.engine["facility"].jobs.values()) {
      if (older.jobId >= jobId) return;
      if (older.placement !== null || this.placed.has(older.jobId)) continue;
      const wish = { machine: older.machineName, tags: older.tags, request: older.request };
      hold(
        !this.possibilities.mayRunNow(wish, machine),
        () => `job ${jobId} is placed on ${machine.name} before job ${older.jobId}`,
      );
    }
  }

  /** Runs when nothing is under way. */
  checkQuiet(): void {
    const { machines, jobs } = this.world.engine["facility"];
    const waiting = [...jobs.values()].filter(({ placement }) => placement === null);
    if (waiting.length === 0) return;
    for (const { jobId } of waiting) {
      hold(this.possibilities.isPossible(jobId), () => `job ${jobId} waits, and can never run`);
    }
    for (const machine of machines) {
      if (machine.waitsFor.size > 0) continue;
      const items = waiting
        .filter((job) => job.mayRunOn(machine))
        .map(({ jobId, request }) => ({ jobId, request, checkPossible: true }));
      const { results } = placeBatch({
        bitmaps: machine.bitmaps.buffer,
        items,
        overtake: false,
      });
      items.forEach(({ jobId }, at) => {
        const waits = results[at]!.outcome !== "placed";
        hold(waits, () => `job ${jobId} waits, though ${machine.name} has room for it`);
      });
    }
  }
}
