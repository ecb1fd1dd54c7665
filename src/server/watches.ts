/**
 * Who watches what. A subscriber watches everything or some single keys: watching everything
 * replaces the single watches, and single ones change nothing while everything is watched.
 */

/** Who may watch; compared by identity. */
export interface Subscriber {
  jobChanged(jobId: number): void;
  machineChanged(name: string): void;
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
  retire(key: Key): void {
    for (const subscriber of this.byKey.get(key) ?? []) {
      remove(this.bySubscriber, subscriber, key);
    }
    this.byKey.delete(key);
  }

  /** Whether anybody watches that key by itself. */
  isWatchedSingly(key: Key): boolean {
    return this.byKey.has(key);
  }

  /** How many single keys a subscriber watches. */
  countOf(subscriber: Subscriber): number {
    return this.bySubscriber.get(subscriber)?.size ?? 0;
  }

  /** Calls back for each subscriber that is to be told of a key. */
  forEachWatcher(keys: readonly Key[], tell: (subscriber: Subscriber, key: Key) => void): void {
    for (const key of keys) {
      for (const subscriber of this.ofEverything) tell(subscriber, key);
      for (const subscriber of this.byKey.get(key) ?? []) tell(subscriber, key);
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
