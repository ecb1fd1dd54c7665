/**
 * Overtaking within a window: larger jobs first, older first among equals, out of those created no
 * more than the *window* after the oldest of their host; nobody younger starts before that one has.
 * And of other hosts, only those jobs that waited within a window after the first job in fair order
 * had become the first of its host; a host that has started a job since then waits again.
 *
 * So a job is overtaken only by jobs of its host created within one window after it, and once it is
 * first, only by those that others had waiting within another. They are finitely many, and no more can
 * come: once they have started, the machine runs empty until the job fits. Nothing here is predicted,
 * so no wrong prediction can make a job starve.
 *
 * The window follows what the jobs of this machine have recently waited, as their root mean square:
 * an hour is long where jobs wait for minutes and short where they wait for half a day, and where
 * waits differ widely anyway, a longer one is no hardship. It is shorter the more of the machine the
 * job asks for, because that job still waits long when the window is over. It is never longer than
 * the operator allows.
 *
 * While a large job that may start has no room, small ones leave rows free for it (reserved-rows.ts).
 * They are searched for again when it has started or left.
 *
 * A host that was given a machine more than another that waits comes after those that were not, and
 * no rows are reserved for it.
 */
import { triadsAsked } from "../../domain/request.js";
import { leaderOf, type QueuePolicy, type QueueView } from "./queue-policy.js";
import { firstSinceMs, type Share } from "./shares/share.js";
import type { WaitingJob } from "./waiting-job.js";

/** Measured on traces: more packs better, and the longest wait grows (docs/decisions/queue-policies.md). */
const WAITS_IN_WINDOW = 1.1;
/** By how much of itself the window is shorter for a job that asks for the whole machine. */
const LESS_FOR_WHOLE = 0.4;
/** Where nobody waits for long, the window is this share of the longest. */
const LEAST_SHARE = 1 / 30;

export class OvertakePolicy implements QueuePolicy {
  readonly overtaking = true;

  /** @param maxOvertakenMs the longest window */
  constructor(private readonly maxOvertakenMs: number) {}

  candidates<Job extends WaitingJob>(
    queue: QueueView<Job>,
    limit: number,
    mayOffer: (job: Job) => boolean,
  ): Job[] {
    const found: Job[] = [];
    /** Keys of jobs that a better machine may still take; others like them wait for its answer. */
    const maybeElsewhere = new Set<string>();
    const eligibility = this.eligibility(queue);
    for (const job of queue.considered) {
      if (!eligibility.of(job) || queue.hasNoRoomFor(job)) continue;
      if (!mayOffer(job)) maybeElsewhere.add(job.requestKey);
      if (!maybeElsewhere.has(job.requestKey)) found.push(job);
    }
    return shared(sorted(found, queue), limit);
  }

  mustWait<Job extends WaitingJob>(queue: QueueView<Job>, job: Job): boolean {
    return queue.hasNoRoomFor(job) || !queue.isConsidered(job) || !this.eligibility(queue).of(job);
  }

  decidedBy<Job extends WaitingJob>(_queue: QueueView<Job>, job: Job): Job {
    return job;
  }

  largestWaiting<Job extends WaitingJob>(queue: QueueView<Job>): number {
    const { shares } = queue;
    const eligibility = this.eligibility(queue);
    let triads = 0;
    for (const job of queue.considered) {
      if (triadsAsked(job.request) <= triads) continue;
      if (!isFull(queue, job) || !eligibility.of(job)) continue;
      if (shares.isAhead(shares.of(job)!) || !shares.keepsOthersWaiting(job)) continue;
      triads = triadsAsked(job.request);
    }
    return triads;
  }

  /** Whether a job that is considered may start as soon as it fits. */
  private eligibility<Job extends WaitingJob>(queue: QueueView<Job>) {
    const { shares } = queue;
    const leader = leaderOf(queue, (job) => isFull(queue, job));
    const leading = leader && shares.of(leader)!;
    const othersByMs =
      leading === undefined
        ? Number.POSITIVE_INFINITY
        : firstSinceMs(leading) + this.windowMs(queue, leading.first);
    /** Of the job that was asked about last: jobs of one host often follow each other. */
    let share: Share<Job> | undefined;
    let byMs = 0;
    const of = (job: Job): boolean => {
      if (share?.host !== job.creatorHost) {
        share = shares.of(job)!;
        const ownByMs = share.first.createdMs + this.windowMs(queue, share.first);
        const isLate = share !== leading && share.startedMs > othersByMs;
        if (share === leading) byMs = ownByMs;
        else byMs = isLate ? Number.NEGATIVE_INFINITY : Math.min(ownByMs, othersByMs);
      }
      return job.createdMs <= byMs;
    };
    return { of };
  }

  /** How much younger than a job, the first of its host, one may be that overtakes it. */
  private windowMs<Job extends WaitingJob>(
    { machine, recentWaits }: QueueView<Job>,
    first: Job,
  ): number {
    const share = triadsAsked(first.request) / (machine.width * machine.height);
    const waits = WAITS_IN_WINDOW * (1 - LESS_FOR_WHOLE * share);
    const windowMs = Math.max(
      waits * recentWaits.rootMeanSquareMs,
      LEAST_SHARE * this.maxOvertakenMs,
    );
    return Math.min(windowMs, this.maxOvertakenMs);
  }
}

/** Whether the whole machine was searched for the job in vain. */
function isFull<Job extends WaitingJob>(queue: QueueView<Job>, job: Job): boolean {
  return queue.rowsSearched(job) === queue.machine.height;
}

/**
 * Larger jobs first: what is hard to place is placed while there is room. Among equals those of whoever
 * was given less, and then older ones. After all of them the jobs of hosts that are ahead, first
 * those of the host that has waited longest.
 */
function sorted<Job extends WaitingJob>(jobs: Job[], { shares }: QueueView<Job>): Job[] {
  if (shares.hosts <= 1) {
    return jobs.sort((a, b) => asked(b) - asked(a) || a.jobId - b.jobId);
  }
  const hosts = new Map<string, { readonly sinceMs: number; readonly given: number }>();
  for (const job of jobs) {
    if (hosts.has(job.creatorHost)) continue;
    const share = shares.of(job)!;
    const sinceMs = shares.isAhead(share) ? firstSinceMs(share) : Number.NEGATIVE_INFINITY;
    hosts.set(job.creatorHost, { sinceMs, given: share.given });
  }
  return jobs.sort((a, b) => {
    const [hostA, hostB] = [hosts.get(a.creatorHost)!, hosts.get(b.creatorHost)!];
    if (hostA.sinceMs !== hostB.sinceMs) return hostA.sinceMs - hostB.sinceMs;
    return asked(b) - asked(a) || hostA.given - hostB.given || a.jobId - b.jobId;
  });
}

function asked({ request }: WaitingJob): number {
  return triadsAsked(request);
}

/** So many of the jobs, in their order; where there are more, of each host the first, as many of each. */
function shared<Job extends WaitingJob>(jobs: Job[], limit: number): Job[] {
  if (jobs.length <= limit) return jobs;
  const places = new Map<string, number>();
  const ranked = jobs.map((job, at) => {
    const place = places.get(job.creatorHost) ?? 0;
    places.set(job.creatorHost, place + 1);
    return { job, at, place };
  });
  if (places.size === 1) return jobs.slice(0, limit);
  return ranked
    .sort((a, b) => a.place - b.place || a.at - b.at)
    .slice(0, limit)
    .sort((a, b) => a.at - b.at)
    .map(({ job }) => job);
}
