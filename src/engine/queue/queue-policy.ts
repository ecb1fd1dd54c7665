/**
 * Queue policies: the rules for who of a machine's queue may start.
 *
 * The queue keeps its jobs in fair order (shares/shares.ts): those of one host in order of creation,
 * and hosts by what they were given. It knows which jobs the machine could hold, and which ones it was
 * last found to have no room for. From this a policy decides who is searched for next and who has to
 * wait. It keeps nothing of its own between calls, so one object serves every machine until a reload
 * brings another.
 *
 * Every policy keeps these promises, which the engine relies on:
 *
 *   order        jobs of one host that ask the same of the same machines start in order of creation
 *   end          a job that the queue has no room for is no candidate, so searches come to an end
 *   progress     on an empty machine the first job in fair order is a candidate, and nobody is
 *                preferred to it for ever: no job starves
 *   shares       how soon the first job of a host starts does not depend on how many jobs others have
 *   bounds       the work of one call does not grow with the queue beyond a fixed number of jobs: it
 *                is done on the main thread, in every turn
 *
 * A new policy is a file with one such object, a line in policies.ts, and its name in the
 * configuration.
 */
import type { Size } from "../../domain/board.js";
import type { RecentWaits } from "./recent-waits.js";
import type { Shares } from "./shares/shares.js";
import type { WaitingJob } from "./waiting-job.js";

/** What a policy may ask of a queue. It holds until the end of the call. */
export interface QueueView<Job extends WaitingJob> {
  readonly machine: Size;

  /**
   * Jobs that may start as far as the queue knows, neither held nor in need of withheld boards, in fair
   * order. Of a longer queue only the first thousand: the main thread has no more time in a turn.
   */
  readonly considered: readonly Job[];

  /** Whether a job is among these. */
  isConsidered(job: Job): boolean;

  /** What the hosts that wait were given, and have. */
  readonly shares: Shares<Job>;

  /** How long those that started recently had waited. */
  readonly recentWaits: RecentWaits;

  /**
   * In how many rows, from the lowest on, the job was searched for in vain since there may last have
   * been more room; 0 if it was not.
   */
  rowsSearched(job: Job): number;

  /** Whether the job was searched for in vain in all rows that are open to it now. */
  hasNoRoomFor(job: Job): boolean;
}

export interface QueuePolicy {
  /** Whether a batch goes on to the jobs behind one that does not fit. */
  readonly overtaking: boolean;

  /**
   * Jobs to search for now, in the order in which to place them.
   * @param limit how many at most
   * @param mayOffer whether the machine may have the job: better ones that could hold it have
   *   declined it. Jobs that ask the same and are younger wait, too, while one may not be offered
   */
  candidates<Job extends WaitingJob>(
    queue: QueueView<Job>,
    limit: number,
    mayOffer: (job: Job) => boolean,
  ): Job[];

  /** Whether a runnable job cannot start before something changes. */
  mustWait<Job extends WaitingJob>(queue: QueueView<Job>, job: Job): boolean;

  /**
   * The job whose failed search makes this runnable one wait: the job itself, or one before it that
   * it must not overtake.
   */
  decidedBy<Job extends WaitingJob>(queue: QueueView<Job>, job: Job): Job;

  /**
   * Triads that the largest job asks for which may start and which the whole machine has no room
   * for: rows are reserved for it (reserved-rows.ts). 0 to reserve none.
   */
  largestWaiting<Job extends WaitingJob>(queue: QueueView<Job>): number;
}

/**
 * The job that others wait for: the first in fair order, without those of hosts that wait for boards of
 * their own.
 * @param hasNoRoom whether it is known that there is none for the first job of a host
 * @param passed where the hosts are noted that are left out
 */
export function leaderOf<Job extends WaitingJob>(
  { considered, shares }: QueueView<Job>,
  hasNoRoom: (job: Job) => boolean,
  passed = new Set<string>(),
): Job | undefined {
  return considered.find((job) => {
    if (passed.has(job.creatorHost)) return false;
    if (shares.keepsOthersWaiting(job) || !hasNoRoom(job)) return true;
    passed.add(job.creatorHost);
    return false;
  });
}
