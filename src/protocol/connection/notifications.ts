/**
 * Notifications of one kind to one client. Those that come while it does not read are merged, so that
 * they never take more memory than there are ids; a single one is sent as a line that is shared by
 * all who are sent the same.
 */
import { memoized } from "../answers/memoized.js";

/** Roughly the memory that an id in a set takes. */
const BYTES_OF_ID = 32;

export const jobsLine = memoized(
  (jobIds: readonly number[]) => `{"jobs_changed":${JSON.stringify(jobIds)}}\n`,
);

export const machinesLine = memoized(
  (names: readonly string[]) => `{"machines_changed":${JSON.stringify(names)}}\n`,
);

export class PendingNotifications<Key> {
  private single: readonly Key[] | null = null;
  private merged: Set<Key> | null = null;

  constructor(private readonly lineOf: (keys: readonly Key[]) => string) {}

  get bufferedBytes(): number {
    return (this.merged?.size ?? this.single?.length ?? 0) * BYTES_OF_ID;
  }

  /** The keys may not change afterwards. */
  add(keys: readonly Key[]): void {
    if (this.merged !== null) for (const key of keys) this.merged.add(key);
    else if (this.single !== null) this.merged = new Set([...this.single, ...keys]);
    else this.single = keys;
    if (this.merged !== null) this.single = null;
  }

  /** Takes all of it as one line; empty when there is nothing. */
  take(): string {
    const keys = this.merged === null ? this.single : [...this.merged];
    this.merged = null;
    this.single = null;
    return keys === null ? "" : this.lineOf(keys);
  }
}
