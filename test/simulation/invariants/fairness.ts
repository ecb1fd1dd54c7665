/**
 * What a host gets of a machine while others want it. A job for one board that is the oldest of its host
 * and could run on a machine sees no other host start more than so many machines full of jobs there
 * before it starts itself, however much that host asks for.
 *
 * By docs/internals/queue.md: two that the other host may be behind, two until it is ahead itself, one
 * for each batch that was under way when that was so, or when a third came first.
 */
import { triadsAsked } from "../../../src/domain/request.js";
import type { LiveJob, LiveMachine } from "../../../src/engine/state/live-job.js";
import { hold } from "../violation.js";
import type { World } from "../world.js";
import type { Possibilities } from "./possibilities.js";

const MOST_MACHINES_FULL = 6;

/** Triads that each host was given on a machine since a job is the oldest of its own there. */
interface Wait {
  readonly jobId: number;
  readonly given: Map<string, number>;
}

export class Fairness {
  /** By machine and host: the oldest job of that host. */
  private waits = new Map<LiveMachine, Map<string, Wait>>();
  /** Jobs that have had a machine. */
  private readonly placed = new Set<number>();

  constructor(
    private readonly world: World,
    private readonly possibilities: Possibilities,
  ) {}

  /** What was given before is forgotten with the server. */
  restarted(): void {
    this.waits.clear();
  }

  check(): void {
    const { machines, jobs } = this.world.engine["state"];
    const started = [...jobs.values()].filter(
      ({ jobId, placement }) => placement !== null && !this.placed.has(jobId),
    );
    for (const job of started) {
      this.placed.add(job.jobId);
      const { machine } = job.placement!;
      const waits = this.waits.get(machine);
      for (const [host, { jobId, given }] of waits ?? []) {
        if (host === job.creatorHost) continue;
        const all = (given.get(job.creatorHost) ?? 0) + triadsAsked(job.request);
        given.set(job.creatorHost, all);
        hold(
          all <= MOST_MACHINES_FULL * machine.description.width * machine.description.height,
          () =>
            `job ${jobId} of ${host} waits for one board of ${machine.name}, and ${job.creatorHost} was given ${all} triads there meanwhile`,
        );
      }
    }
    const before = this.waits;
    this.waits = new Map();
    for (const machine of machines) this.waits.set(machine, this.waiting(machine, before));
  }

  private waiting(
    machine: LiveMachine,
    before: ReadonlyMap<LiveMachine, ReadonlyMap<string, Wait>>,
  ): Map<string, Wait> {
    const oldest = new Map<string, LiveJob>();
    for (const job of machine.queue.waiting) {
      const other = oldest.get(job.creatorHost);
      if (other === undefined || job.jobId < other.jobId) oldest.set(job.creatorHost, job);
    }
    const waits = new Map<string, Wait>();
    for (const [host, job] of oldest) {
      const { machineName, tags, request } = job;
      if (request.size.kind !== "boards" || request.size.boards !== 1) continue;
      if (!this.possibilities.mayRunNow({ machine: machineName, tags, request }, machine)) continue;
      const known = before.get(machine)?.get(host);
      const isKnown = known?.jobId === job.jobId;
      waits.set(host, isKnown ? known : { jobId: job.jobId, given: new Map() });
    }
    return waits;
  }
}
