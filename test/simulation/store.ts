/**
 * A store in memory. A change set goes through three stages, in the order of the sets:
 *
 *   accepted   given by the engine; lost in a crash
 *   on disk    survives a crash, whether or not the engine heard of it
 *   reported   the engine was told that it is durable
 *
 * Each stage has its own tables, so that what the engine says can be held against what it may know.
 * Rows are frozen: what was committed cannot change afterwards.
 */
import type { StorePort } from "../../src/engine/contract/ports.js";
import type { ChangeSet, SavedState } from "../../src/engine/contract/records.js";
import { freeze } from "./freeze.js";
import { Records } from "./records.js";

interface Commit {
  readonly changes: ChangeSet;
  readonly done: () => void;
}

export class SimulatedStore implements StorePort {
  readonly accepted = new Records();
  readonly disk = new Records();
  readonly reported = new Records();
  isFull = false;
  /** Sets since the engine started; the engine's marks count the same. */
  acceptedMark = 0;
  reportedMark = 0;
  /** The set whose report is being given. */
  reporting: ChangeSet | null = null;
  /** Hears of each set before it joins the accepted ones. */
  onCommit: (changes: ChangeSet, mark: number) => void = () => {};
  private waiting: Commit[] = [];
  /** How many of the waiting sets are on disk. */
  private written = 0;

  commit(changes: ChangeSet, done: () => void): void {
    freeze(changes);
    this.acceptedMark += 1;
    this.onCommit(changes, this.acceptedMark);
    this.accepted.apply(changes);
    this.waiting.push({ changes, done });
  }

  get hasWaiting(): boolean {
    return this.waiting.length > 0;
  }

  get canWrite(): boolean {
    return this.written < this.waiting.length;
  }

  get canReport(): boolean {
    return this.written > 0;
  }

  /** Puts the oldest set that is not on disk there. */
  write(): void {
    this.disk.apply(this.waiting[this.written]!.changes);
    this.written += 1;
  }

  /** Tells the engine of the oldest set on disk that it does not know of. */
  report(): void {
    const { changes, done } = this.waiting.shift()!;
    this.written -= 1;
    this.reportedMark += 1;
    this.reported.apply(changes);
    this.reporting = changes;
    done();
    this.reporting = null;
  }

  /** Makes the oldest set durable. */
  commitOne(): void {
    if (!this.hasWaiting) return;
    if (!this.canReport) this.write();
    this.report();
  }

  crash(): void {
    this.waiting = [];
    this.written = 0;
    this.acceptedMark = 0;
    this.reportedMark = 0;
    this.reporting = null;
    this.accepted.become(this.disk);
    this.reported.become(this.disk);
  }

  /** The operator asks for a cold start of the next server. */
  clear(): void {
    for (const records of [this.accepted, this.disk, this.reported]) records.clear();
  }

  load(): SavedState {
    return this.disk.saved();
  }
}
