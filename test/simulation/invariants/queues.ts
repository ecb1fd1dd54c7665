/**
 * The queues of the machines: who may start before whom, and that nobody waits for nothing.
 *
 *   fifo       no job is passed by a younger one on a machine that could hold both
 *   overtake   nor by one that is younger by more than the bound
 *   always     jobs of one kind, which ask the same of the same machines, start in order of creation
 *              and when all is quiet, the oldest job of a queue does not fit into the rows that the
 *              jobs near it in age leave open to it
 *
 * A job that not even the empty machine could hold now is not searched for there, and one that is placed again
 * comes back into the queue out of order. Nor is a search promised where a machine could hold a job only
 * because boards are away, and with them their dead links: one that was asked before could not, and is
 * not asked again for that it lost boards, unless by a reload.
 */
import { triadsAsked } from "../../../src/domain/request.js";
import type { JobView } from "../../../src/engine/contract/api.js";
import type { LiveJob, LiveMachine } from "../../../src/engine/state/live-job.js";
import { placeBatch } from "../../../src/placement/batch.js";
import { hold } from "../violation.js";
import type { World } from "../world.js";
import type { Possibilities, Wish } from "./possibilities.js";

export class Queues {
  /** Jobs that have had a machine. */
  private readonly placed = new Set<number>();

  constructor(
    private readonly world: World,
    private readonly possibilities: Possibilities,
  ) {}

  check(jobs: readonly JobView[]): void {
    const started = jobs.filter(({ jobId, placed }) => placed && !this.placed.has(jobId));
    for (const { jobId } of started) this.placed.add(jobId);
    for (const { jobId, placed } of started) {
      const { machines, jobs: all } = this.world.engine["state"];
      const machine = machines.find(({ name }) => name === placed!.machine.description.name);
      if (machine) this.checkSearched(all.get(jobId)!, machine);
    }
  }

  private checkSearched(job: LiveJob, machine: LiveMachine): void {
    for (const older of this.world.engine["state"].jobs.values()) {
      if (older.jobId >= job.jobId) return;
      if (older.placement !== null || this.placed.has(older.jobId)) continue;
      hold(
        kindOf(older) !== kindOf(job),
        () => `job ${job.jobId} starts before job ${older.jobId}, which asks for the same`,
      );
      hold(
        this.mayOvertake(job, older) || !this.isToBeSearched(older, machine),
        () => `job ${job.jobId} is placed on ${machine.name} before job ${older.jobId}`,
      );
    }
  }

  /** What the configuration promises; docs/decisions/queue-policies.md. */
  private mayOvertake(job: LiveJob, older: LiveJob): boolean {
    const { queuePolicy, maxSecondsOvertaken } = this.world.configuration;
    if (queuePolicy === "fifo") return false;
    return job.createdMs - older.createdMs <= maxSecondsOvertaken * 1000;
  }

  /** Triads that the largest of the jobs may ask for that small ones as old as this make room for. */
  private largestBeside(oldest: LiveJob, waiting: readonly LiveJob[]): number {
    const beside = waiting.filter((job) => this.mayOvertake(job, oldest));
    return Math.max(0, ...beside.map(({ request }) => triadsAsked(request)));
  }

  /** Runs when nothing is under way. */
  checkQuiet(): void {
    const { machines, jobs } = this.world.engine["state"];
    const waiting = [...jobs.values()].filter(({ placement }) => placement === null);
    for (const { jobId } of waiting) {
      hold(this.possibilities.isPossible(jobId), () => `job ${jobId} waits, and can never run`);
    }
    for (const machine of machines) {
      if (machine.waitsFor.size > 0) continue;
      const runnable = waiting.filter((job) => this.mayRunNow(job, machine));
      const [oldest] = runnable;
      if (oldest === undefined || !this.isToBeSearched(oldest, machine)) continue;
      const { results } = placeBatch({
        bitmaps: machine.bitmaps.buffer,
        items: [{ jobId: oldest.jobId, request: oldest.request, checkPossible: false }],
        overtake: true,
        largestWaiting: this.largestBeside(oldest, runnable),
      });
      hold(
        results[0]!.outcome !== "placed",
        () => `job ${oldest.jobId} waits, though ${machine.name} has room for it`,
      );
    }
  }

  private mayRunNow(job: LiveJob, machine: LiveMachine): boolean {
    return this.possibilities.mayRunNow(wishOf(job), machine);
  }

  private isToBeSearched(job: LiveJob, machine: LiveMachine): boolean {
    return this.mayRunNow(job, machine) && this.possibilities.mayRunWhole(wishOf(job), machine);
  }
}

function wishOf({ machineName, tags, request }: LiveJob): Wish {
  return { machine: machineName, tags, request };
}

function kindOf({ requestKey, machineName, tags }: LiveJob): string {
  return JSON.stringify([requestKey, machineName, [...tags].sort()]);
}
