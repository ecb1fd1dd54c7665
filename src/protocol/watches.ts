/**
 * Who watches what. A subscriber watches everything or single keys: watching everything replaces its
 * single watches, and single ones have no effect while it watches everything.
 */

/** Who may watch; compared by identity. */
export interface Subscriber {
  /** The array does not change afterwards. */
  jobsChanged(jobIds: readonly number[]): void;
  machinesChanged(names: readonly string[]): void;
}

export class Watches<Key> {
  private readonly ofEverything = new Set<Subscriber>();
  private readonly byKey = new Map<Key, Set<Subscriber>>();
  private readonly bySubscriber = new Map<Subscriber, Set<Key>>();

  watchEverything(subscriber: Subscriber): void {
    this.stop(subscriber);
    this.ofEverything.add(subscriber);
  }

  watch(subscriber: Subscriber, key: Key): void {
    if (this.ofEverything.has(subscriber)) return;
    entry(this.byKey, key).add(subscriber);
    entry(this.bySubscriber, subscriber).add(key);
  }

  unwatch(subscriber: Subscriber, key: Key): void {
    remove(this.byKey, key, subscriber);
    remove(this.bySubscriber, subscriber, key);
  }

  /** Ends all watches of a subscriber. */
  stop(subscriber: Subscriber): void {
    this.ofEverything.delete(subscriber);
    for (const key of this.bySubscriber.get(subscriber) ?? []) {
      remove(this.byKey, key, subscriber);
    }
    this.bySubscriber.delete(subscriber);
  }

  /** Ends the single watches of a key that will not change again. */
  forget(key: Key): void {
    for (const subscriber of this.byKey.get(key) ?? []) {
      remove(this.bySubscriber, subscriber, key);
    }
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
    return this.ofEverything.has(subscriber) || this.byKey.get(key)?.has(subscriber) === true;
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
      const subscribers = this.byKey.get(key);
      if (subscribers === undefined) continue;
      const single = [key];
      for (const subscriber of subscribers) notify(subscriber, single);
    }
  }
}

function entry<Key, Value>(index: Map<Key, Set<Value>>, key: Key): Set<Value> {
  let values = index.get(key);
  if (values === undefined) {
    values = new Set();
    index.set(key, values);
  }
  return values;
}

function remove<Key, Value>(index: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const values = index.get(key);
  if (values?.delete(value) && values.size === 0) index.delete(key);
}
