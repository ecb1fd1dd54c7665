/**
 * The queues of the machines: who may start before whom, and that nobody waits for nothing. What hosts
 * may do to each other is in fairness.ts.
 *
 *   fifo       no job is passed by a younger one of its host on a machine that could hold both
 *   overtake   nor by one that is younger by more than the bound
 *   always     jobs of one kind, which ask the same of the same machines, start in order of creation
 *              within each host; and when all is quiet, a host whose oldest job has room waits for the
 *              oldest of another, which has none and does not wait for boards of its own host
 *
 * A job that not even the empty machine could hold now is not searched for there, and one that is placed again
 * comes back into the queue out of order. Nor is a search promised where a machine could hold a job only
 * because boards are away, and with them their dead links: one that was asked before could not, and is
 * not asked again for that it lost boards, unless by a reload.
 */
import { boardCountOf } from "../../../src/domain/allocation.js";
import { boardCount } from "../../../src/domain/board.js";
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
      if (older.creatorHost !== job.creatorHost) continue;
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
      const oldest = oldestOfEachHost(runnable);
      if (!oldest.every((job) => this.isToBeSearched(job, machine))) continue;
      const withRoom = oldest.filter((job) => this.hasRoom(job, machine, runnable));
      const waitedFor = oldest.some(
        (job) => !withRoom.includes(job) && !this.waitsForItself(job, machine),
      );
      hold(
        withRoom.length === 0 || waitedFor,
        () => `job ${withRoom[0]!.jobId} waits, though ${machine.name} has room for it`,
      );
    }
  }

  private hasRoom(job: LiveJob, machine: LiveMachine, runnable: readonly LiveJob[]): boolean {
    const { results } = placeBatch({
      bitmaps: machine.bitmaps.buffer,
      items: [{ jobId: job.jobId, request: job.request, checkPossible: false }],
      overtake: true,
      largestWaiting: this.largestBeside(job, runnable),
    });
    return results[0]!.outcome === "placed";
  }

  /** Whether all boards in use are of its own host, or too many for the job to fit beside them. */
  private waitsForItself(job: LiveJob, machine: LiveMachine): boolean {
    const { jobs, cooldowns } = this.world.engine["state"];
    const inUse = [...jobs.values()].flatMap(({ placement, creatorHost: host }) =>
      placement?.machine === machine ? [{ host, allocation: placement.allocation }] : [],
    );
    for (const { machine: other, host, allocation } of cooldowns.values()) {
      if (other === machine) inUse.push({ host: host ?? "", allocation });
    }
    const own = inUse.filter(({ host }) => host === job.creatorHost);
    const boards = own.reduce((sum, { allocation }) => sum + boardCountOf(allocation), 0);
    const isTooMuch = 3 * triadsAsked(job.request) + boards > boardCount(machine.description);
    return boards > 0 && (own.length === inUse.length || isTooMuch);
  }

  private mayRunNow(job: LiveJob, machine: LiveMachine): boolean {
    return this.possibilities.mayRunNow(wishOf(job), machine);
  }

  private isToBeSearched(job: LiveJob, machine: LiveMachine): boolean {
    return this.mayRunNow(job, machine) && this.possibilities.mayRunWhole(wishOf(job), machine);
  }
}

function oldestOfEachHost(jobs: readonly LiveJob[]): LiveJob[] {
  const hosts = new Map<string, LiveJob>();
  for (const job of jobs) if (!hosts.has(job.creatorHost)) hosts.set(job.creatorHost, job);
  return [...hosts.values()];
}

function wishOf({ machineName, tags, request }: LiveJob): Wish {
  return { machine: machineName, tags, request };
}

function kindOf({ requestKey, machineName, tags }: LiveJob): string {
  return JSON.stringify([requestKey, machineName, [...tags].sort()]);
}
