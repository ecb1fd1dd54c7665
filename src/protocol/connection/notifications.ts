/**
 * Notifications of one kind to one client. What comes while it cannot be told merges, so that it
 * never takes more room than there are ids; what comes alone is told in a line that all who are told
 * the same share.
 */
import { oncePer } from "../answers/once-per.js";

/** A rough count of the memory that an id in a set takes. */
const BYTES_OF_ID = 32;

export const jobsLine = oncePer(
  (jobIds: readonly number[]) => `{"jobs_changed":${JSON.stringify(jobIds)}}\n`,
);

export const machinesLine = oncePer(
  (names: readonly string[]) => `{"machines_changed":${JSON.stringify(names)}}\n`,
);

export class PendingNotifications<Key> {
  private alone: readonly Key[] | null = null;
  private merged: Set<Key> | null = null;

  constructor(private readonly lineOf: (keys: readonly Key[]) => string) {}

  get bufferedBytes(): number {
    return (this.merged?.size ?? this.alone?.length ?? 0) * BYTES_OF_ID;
  }

  /** The keys may not change afterwards. */
  add(keys: readonly Key[]): void {
    if (this.merged !== null) for (const key of keys) this.merged.add(key);
    else if (this.alone !== null) this.merged = new Set([...this.alone, ...keys]);
    else this.alone = keys;
    if (this.merged !== null) this.alone = null;
  }

  /** The line that tells all of it, after which there is nothing to tell; empty when there is none. */
  take(): string {
    const keys = this.merged === null ? this.alone : [...this.merged];
    this.merged = null;
    this.alone = null;
    return keys === null ? "" : this.lineOf(keys);
  }
}
