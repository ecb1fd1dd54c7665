/**
 * Queue policies: the rules for who of a machine's queue may start.
 *
 * The queue keeps its jobs in order of creation, and what is known of them: which ones the machine
 * could hold, and which ones it was last found to have no room for. From this a policy decides who is
 * searched for next and who has to wait. It keeps nothing of its own between calls, so one object
 * serves every machine until a reload brings another.
 *
 * Every policy keeps these promises, which the engine relies on:
 *
 *   order        jobs that ask the same of the same machines start in order of creation
 *   end          a job that the queue has no room for is no candidate, so searches come to an end
 *   progress     on an empty machine the oldest runnable job is a candidate, and nobody is preferred
 *                to it for ever: no job starves
 *   bounds       the work of one call does not grow with the queue beyond a fixed number of jobs: it
 *                is done on the main thread, in every turn
 *
 * A new policy is a file with one such object, a line in policies.ts, and its name in the
 * configuration.
 */
import type { Size } from "../../domain/board.js";
import type { RecentWaits } from "./recent-waits.js";
import type { WaitingJob } from "./waiting-job.js";

/** What a policy may ask of a queue. It holds until the end of the call. */
export interface QueueView<Job extends WaitingJob> {
  readonly machine: Size;

  /**
   * Jobs that may start as far as the queue knows, in order of creation: neither held nor in need of
   * withheld boards.
   */
  readonly runnable: readonly Job[];

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
  mustWait(queue: QueueView<WaitingJob>, job: WaitingJob): boolean;

  /**
   * The job whose failed search makes this runnable one wait: the job itself, or one before it that
   * it must not overtake.
   */
  decidedBy<Job extends WaitingJob>(queue: QueueView<Job>, job: Job): Job;

  /**
   * Triads that the largest job asks for which may start and which the whole machine has no room
   * for: rows are reserved for it (reserved-rows.ts). 0 to reserve none.
   */
  largestWaiting(queue: QueueView<WaitingJob>): number;
}
