/**
 * Collects what the steps of one turn change, writes it as one change set, and lets go of what
 * waits for it.
 *
 *   steps of a turn   rows to put and delete, ids to tell watchers of, effects   (mark = m)
 *   end of the turn   `beforeCommit` runs (it may add to the same set), then the set is committed;
 *                     then those are told who may ask for the next thing at once
 *   m is durable      listener.durable(m), then the effects, then listener.changed(ids)
 *
 * A store that writes nothing is given no more than a few sets: what changes meanwhile collects in one
 * more, in which a row stands once however often it changes. So its memory is bounded.
 */
import { invariant } from "../../domain/invariant.js";
import type { Changes, CommitMark, EngineListener } from "../contract/api.js";
import type { Clock, StorePort } from "../contract/ports.js";
import type {
  ChangeSet,
  CooldownRecord,
  Counters,
  EndedJobRecord,
  JobRecord,
  MachineRecord,
  QuarantineRecord,
  TableChanges,
} from "../contract/records.js";

/** Change sets that the store may have under way; in health it has a few at most. */
const MOST_UNDER_WAY = 64;

/** Changes of one table: the last word on each key counts. Rows are made when the turn ends. */
class TableLog<Row, Key = number> {
  private readonly changes = new Map<string, { key: Key; row: (() => Row) | null }>();

  put(key: Key, row: () => Row): void {
    this.changes.set(String(key), { key, row });
  }

  delete(key: Key): void {
    this.changes.set(String(key), { key, row: null });
  }

  get isEmpty(): boolean {
    return this.changes.size === 0;
  }

  take(): TableChanges<Row, Key> {
    const put: Row[] = [];
    const deleted: Key[] = [];
    for (const { key, row } of this.changes.values()) {
      if (row) put.push(row());
      else deleted.push(key);
    }
    this.changes.clear();
    return { put, delete: deleted };
  }
}

export interface JournalOptions {
  readonly clock: Clock;
  readonly store: StorePort;
  readonly listener: EngineListener;
  /** Runs at the end of a turn that changed something or was woken, before its commit. */
  readonly beforeCommit: () => void;
}

export class Journal {
  readonly jobs = new TableLog<JobRecord>();
  readonly endedJobs = new TableLog<EndedJobRecord>();
  readonly cooldowns = new TableLog<CooldownRecord>();
  readonly quarantine = new TableLog<QuarantineRecord, readonly [string, number]>();
  readonly machines = new TableLog<MachineRecord>();

  private counters: (() => Counters) | null = null;
  private jobsChanged = new Set<number>();
  private machinesChanged = new Set<string>();
  private effects: (() => void)[] = [];
  private answers: (() => void)[] = [];
  private committed: CommitMark = 0;
  private durable: CommitMark = 0;
  private turnEnds = false;
  /** Clock.elapsed() at which each set under way was given to the store, oldest first. */
  private readonly givenAt: number[] = [];

  constructor(private readonly options: JournalOptions) {}

  /** The mark that everything changed so far becomes durable with. */
  get mark(): CommitMark {
    return this.hasChanges ? this.committed + 1 : this.committed;
  }

  /** The mark of the set that the running turn is filling. */
  get turnMark(): CommitMark {
    return this.committed + 1;
  }

  get durableMark(): CommitMark {
    return this.durable;
  }

  /** Whether all that was changed is durable. */
  get isSettled(): boolean {
    return !this.hasChanges && this.durable === this.committed;
  }

  /** For how long the store has had a change set without making it durable. */
  get waitingMs(): number {
    const [oldest] = this.givenAt;
    return oldest === undefined ? 0 : this.options.clock.elapsedMs() - oldest;
  }

  /** Counters go with the next change set: an id without one was told to nobody. */
  putCounters(counters: () => Counters): void {
    this.counters = counters;
  }

  tellJob(jobId: number): void {
    this.jobsChanged.add(jobId);
  }

  tellMachine(name: string): void {
    this.machinesChanged.add(name);
  }

  /** Runs once this turn's changes are durable, never before: for what reaches the hardware. */
  afterCommit(effect: () => void): void {
    this.effects.push(effect);
    this.wake();
  }

  /**
   * Runs once this turn is over, outside of any step: for what may call the engine again. Something
   * of the turn has to change with it.
   */
  afterTurn(answer: () => void): void {
    this.answers.push(answer);
  }

  /** Makes sure that the turn ends: call it in every step that changes anything. */
  wake(): void {
    if (this.turnEnds) return;
    this.turnEnds = true;
    this.options.clock.endOfTurn(() => {
      this.options.beforeCommit();
      this.turnEnds = false;
      this.commit();
      const { answers } = this;
      this.answers = [];
      for (const answer of answers) answer();
    });
  }

  private get hasChanges(): boolean {
    return !(
      this.jobs.isEmpty &&
      this.endedJobs.isEmpty &&
      this.cooldowns.isEmpty &&
      this.quarantine.isEmpty &&
      this.machines.isEmpty &&
      this.jobsChanged.size === 0 &&
      this.machinesChanged.size === 0 &&
      this.effects.length === 0
    );
  }

  private commit(): void {
    if (!this.hasChanges || this.givenAt.length === MOST_UNDER_WAY) return;
    const changes: ChangeSet = {
      jobs: this.jobs.take(),
      endedJobs: this.endedJobs.take(),
      cooldowns: this.cooldowns.take(),
      quarantine: this.quarantine.take(),
      machines: this.machines.take(),
      counters: this.counters?.() ?? null,
    };
    const told: Changes = { jobs: [...this.jobsChanged], machines: [...this.machinesChanged] };
    const effects = this.effects;
    this.counters = null;
    this.jobsChanged = new Set();
    this.machinesChanged = new Set();
    this.effects = [];
    this.committed += 1;
    const mark = this.committed;
    this.givenAt.push(this.options.clock.elapsedMs());
    this.options.store.commit(changes, () => {
      const held = this.givenAt.length === MOST_UNDER_WAY;
      this.givenAt.shift();
      invariant(mark === this.durable + 1, () => `mark ${mark} is durable after ${this.durable}`);
      this.durable = mark;
      this.options.listener.durable(mark);
      for (const effect of effects) effect();
      if (told.jobs.length > 0 || told.machines.length > 0) this.options.listener.changed(told);
      if (held) this.wake();
    });
  }
}
