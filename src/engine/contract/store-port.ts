/**
 * Where the server keeps its state, whatever it is made of. An adapter is a function that opens a
 * state and resolves to a {@link Store}; `test/store/contract.ts` is what it has to pass, and
 * docs/internals/store.md says how to write one.
 *
 *   open    the state is this process's alone, or opening rejects and has changed nothing
 *   clear   for a cold start; at most once, before `load`
 *   load    once, before the first commit
 *   commit  from then on, until the store is closed or lost
 *   close   the state is then free for the next holder
 *
 * **One holder.** A state has one holder at a time. Opening it while its holder lives is refused, or
 * takes it over; then the former holder's store is *lost*, and whatever that one reported durable
 * the new one loads.
 *
 * **Lost** is the end of a store that did not come from `close`: another process holds the state, or
 * the store can never go on. It may come at any moment, be it between a commit and its `done`, and
 * the store may learn of it as late as with its next commit. From then on nothing is reported
 * durable. What was committed and not reported may or may not be in the state: only who loads it
 * next can tell. A disk that is full or a network that is down is no loss: commits wait for it.
 */
import type { ChangeSet, ExcludedRecord, SavedState } from "./records.js";

/** What every store is opened with, besides where its state is. */
export interface StoreOptions {
  /**
   * The store is lost, and why. Called once at most, never within {@link Store.commit}, and never
   * after `close` has settled. The process must end, and answer nobody meanwhile.
   */
  readonly onLost: (reason: Error) => void;
}

export interface Store {
  /**
   * Whether the holder before this one ended without closing the state. BMPs may still be carrying
   * out what it ordered.
   */
  readonly leftOpen: boolean;

  /**
   * Whether it takes no more jobs: what is in it could soon not be read again by one process. It takes
   * everything else, above all what ends jobs. May change with every commit.
   */
  readonly isFull: boolean;

  /**
   * All that was committed, by this holder or those before; of a new state nothing, and counters
   * that start at 1. Jobs and ended jobs come by ascending id, the other lists in any order. No two records
   * contradict each other: what is damaged or does is excluded. Rejects when so much is damaged that what is
   * left is not the state any more.
   */
  load(): Promise<SavedState>;

  /** What cannot be used of the state and is kept, by this start and those before. */
  readonly excluded: readonly ExcludedRecord[];

  /** Drops excluded records for good, by their numbers. Resolves when that is durable. */
  dropExcluded(numbers: readonly number[]): Promise<void>;

  /**
   * Writes the change set as a whole or not at all. Of a key that is both deleted and put, the row
   * that was put remains. Change sets become durable in the order of the calls, and `done` is called
   * in that order, later, never within the call: once the set is durable, and not at all otherwise.
   * A set that puts a row with a new id carries the counters above it.
   *
   * Throws once `close` was called. Does nothing once the store is lost.
   */
  commit(changes: ChangeSet, done: () => void): void;

  /** Forgets everything but the counters, so that no id is ever given twice. Resolves when durable. */
  clear(): Promise<void>;

  /**
   * Resolves when all that was committed is durable and reported, and the state is free for the
   * next holder. Rejects when that could not be done, and with the reason once the store is lost.
   * Lets go of everything the store has open in either case.
   *
   * @param asFound {@link leftOpen} is to say to the next holder what it said to this one: it has not
   *   waited until BMPs were done with what the one before ordered
   */
  close(asFound?: boolean): Promise<void>;
}
