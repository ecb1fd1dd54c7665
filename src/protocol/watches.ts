/**
 * Who watches what. A subscriber watches everything or single keys: watching everything replaces its
 * single watches, and single ones have no effect while it watches everything.
 */
import type { HostCounts } from "../domain/host-counts.js";
import type { ClientActor } from "../engine/contract/actors.js";

/** Who may watch; compared by identity. */
export interface Subscriber {
  /** Its IP address stands for it. */
  readonly actor: ClientActor;
  /** The array does not change afterwards. */
  jobsChanged(jobIds: readonly number[]): void;
  machinesChanged(names: readonly string[]): void;
}

/** Characters of a name that count as one watch; a longer name counts as several. */
const CHARS_OF_WATCH = 32;

/** What a single watch counts as. */
export function watchWeight(key: unknown): number {
  return typeof key === "string" ? Math.max(1, Math.ceil(key.length / CHARS_OF_WATCH)) : 1;
}

export class Watches<Key> {
  private readonly ofEverything = new Set<Subscriber>();
  /** Most keys have one watcher, for whom a set would take five times as much memory. */
  private readonly byKey = new Map<Key, Subscriber | Set<Subscriber>>();
  private readonly bySubscriber = new Map<Subscriber, Set<Key>>();

  /** @param counts - Of the single watches; they may be counted together with others. */
  constructor(private readonly counts: HostCounts) {}

  watchEverything(subscriber: Subscriber): void {
    this.stop(subscriber);
    this.ofEverything.add(subscriber);
  }

  watch(subscriber: Subscriber, key: Key): void {
    if (this.ofEverything.has(subscriber)) return;
    const own = this.bySubscriber.get(subscriber) ?? new Set();
    if (own.has(key)) return;
    this.bySubscriber.set(subscriber, own.add(key));
    this.counts.add(subscriber.actor.host, watchWeight(key));
    const others = this.byKey.get(key);
    if (others instanceof Set) others.add(subscriber);
    else this.byKey.set(key, others === undefined ? subscriber : new Set([others, subscriber]));
  }

  unwatch(subscriber: Subscriber, key: Key): void {
    if (this.endOwn(subscriber, key)) this.leave(key, subscriber);
  }

  /** Ends all watches of a subscriber. */
  stop(subscriber: Subscriber): void {
    this.ofEverything.delete(subscriber);
    const own = this.bySubscriber.get(subscriber);
    if (own === undefined) return;
    let weight = 0;
    for (const key of own) {
      this.leave(key, subscriber);
      weight += watchWeight(key);
    }
    this.bySubscriber.delete(subscriber);
    this.counts.add(subscriber.actor.host, -weight);
  }

  /** Ends the single watches of a key that will not change again. */
  forget(key: Key): void {
    for (const subscriber of this.watchersOf(key)) this.endOwn(subscriber, key);
    this.byKey.delete(key);
  }

  /** Whether nobody watches anything. */
  get isEmpty(): boolean {
    return this.ofEverything.size === 0 && this.byKey.size === 0;
  }

  /** Whether anybody watches that key as a single one. */
  isWatchedSingly(key: Key): boolean {
    return this.byKey.has(key);
  }

  /** Whether a subscriber is notified of that key. */
  isWatching(subscriber: Subscriber, key: Key): boolean {
    return (
      this.ofEverything.has(subscriber) || this.bySubscriber.get(subscriber)?.has(key) === true
    );
  }

  /** How many single keys a subscriber watches. */
  countOf(subscriber: Subscriber): number {
    return this.bySubscriber.get(subscriber)?.size ?? 0;
  }

  /**
   * Calls back for each subscriber to be notified: once, with all keys, for those who watch
   * everything, and once per key, with that key alone, for those who watch it.
   */
  forEachWatcher(
    keys: readonly Key[],
    notify: (subscriber: Subscriber, keys: readonly Key[]) => void,
  ): void {
    if (keys.length === 0) return;
    for (const subscriber of this.ofEverything) notify(subscriber, keys);
    for (const key of keys) {
      const watchers = this.byKey.get(key);
      if (watchers === undefined) continue;
      const single = [key];
      if (!(watchers instanceof Set)) notify(watchers, single);
      else for (const subscriber of watchers) notify(subscriber, single);
    }
  }

  private watchersOf(key: Key): Iterable<Subscriber> {
    const watchers = this.byKey.get(key);
    if (watchers === undefined) return [];
    return watchers instanceof Set ? watchers : [watchers];
  }

  /** Returns whether the subscriber watched that key. */
  private endOwn(subscriber: Subscriber, key: Key): boolean {
    const own = this.bySubscriber.get(subscriber);
    if (own?.delete(key) !== true) return false;
    this.counts.add(subscriber.actor.host, -watchWeight(key));
    if (own.size === 0) this.bySubscriber.delete(subscriber);
    return true;
  }

  private leave(key: Key, subscriber: Subscriber): void {
    const watchers = this.byKey.get(key);
    if (watchers instanceof Set && watchers.size > 1) watchers.delete(subscriber);
    else this.byKey.delete(key);
  }
}
