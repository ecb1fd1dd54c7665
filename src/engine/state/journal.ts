/**
 * Collects what the steps of one turn change, writes it as one change set, and lets go of what
 * waits for it.
 *
 *   steps of a turn   rows to put and delete, events, effects                     (mark = m)
 *   end of the turn   `beforeCommit` runs (it may add to the same set), then the set is committed;
 *                     then those are told who may ask for the next thing at once
 *   m is durable      whoever waits for m, then the effects, then the subscribers get the events
 *
 * A store that writes nothing is given no more than a few sets: what changes meanwhile collects in one
 * more, in which a row stands once however often it changes, and an event that can repeat without end
 * replaces the one before. So its memory is bounded.
 */
import { invariant } from "../../domain/invariant.js";
import type { CommitMark } from "../contract/api.js";
import type { EngineEvent } from "../contract/events.js";
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
  private readonly changes = new Map<unknown, { key: Key; row: (() => Row) | null }>();

  put(key: Key, row: () => Row): void {
    this.changes.set(identityOf(key), { key, row });
  }

  delete(key: Key): void {
    this.changes.set(identityOf(key), { key, row: null });
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

/** Alike for like keys. */
function identityOf(key: unknown): unknown {
  return typeof key === "number" ? key : String(key);
}

export interface JournalOptions {
  readonly clock: Clock;
  readonly store: Pick<StorePort, "commit">;
  /** Called whenever the durable mark has moved, before the effects of the set. */
  readonly onDurable: () => void;
  /** Called with the events of each set, once it is durable. */
  readonly onEvents: (events: readonly EngineEvent[]) => void;
  /** Called with each set that is given to the store; what it returns, when the set is durable. */
  readonly committing?: (changes: ChangeSet) => () => void;
  /** Runs at the end of a turn that changed something or was woken, before its commit. */
  readonly beforeCommit: () => void;
}

export class Journal {
  readonly jobs = new TableLog<JobRecord>();
  readonly endedJobs = new TableLog<EndedJobRecord>();
  readonly cooldowns = new TableLog<CooldownRecord>();
  readonly quarantine = new TableLog<QuarantineRecord, readonly [string, number]>();
  readonly machines = new TableLog<MachineRecord>();

  private counters: Counters | null = null;
  /** By what they replace each other by; by themselves where they do not. */
  private events = new Map<unknown, EngineEvent>();
  private effects: (() => void)[] = [];
  private answers: (() => void)[] = [];
  /** By the mark that they wait for. */
  private readonly waiting = new Map<CommitMark, (() => void)[]>();
  private committed: CommitMark = 0;
  private durable: CommitMark = 0;
  private turnEnds = false;
  private ended = false;
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

  /** For how long the store has had a change set without making it durable, as far as the server could see. */
  get waitingMs(): number {
    const [oldest] = this.givenAt;
    return oldest === undefined ? 0 : this.options.clock.attendedMs() - oldest;
  }

  /** They go with the next change set, as they are then: an id without one was told to nobody. */
  putCounters(counters: Counters): void {
    this.counters = counters;
  }

  /**
   * Tells an event once this turn's changes are durable.
   * @param replaces within one set, an event with the same key takes the place of the one before
   */
  tell(event: EngineEvent, replaces: string | null = null): void {
    if (replaces !== null) this.events.delete(replaces);
    this.events.set(replaces ?? event, event);
    this.wake();
  }

  /** Calls back once that mark is durable; at once when it is. */
  whenDurable(mark: CommitMark, callback: () => void): void {
    if (mark <= this.durable) {
      callback();
      return;
    }
    const others = this.waiting.get(mark);
    if (others === undefined) this.waiting.set(mark, [callback]);
    else others.push(callback);
  }

  /** Gives the store nothing more: it is about to be closed. */
  end(): void {
    this.ended = true;
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
      this.events.size === 0 &&
      this.effects.length === 0
    );
  }

  private commit(): void {
    if (this.ended || !this.hasChanges || this.givenAt.length === MOST_UNDER_WAY) return;
    const changes: ChangeSet = {
      jobs: this.jobs.take(),
      endedJobs: this.endedJobs.take(),
      cooldowns: this.cooldowns.take(),
      quarantine: this.quarantine.take(),
      machines: this.machines.take(),
      counters: this.counters && { ...this.counters },
    };
    const events = [...this.events.values()];
    const effects = this.effects;
    this.counters = null;
    this.events = new Map();
    this.effects = [];
    this.committed += 1;
    const mark = this.committed;
    const becomesDurable = this.options.committing?.(changes);
    this.givenAt.push(this.options.clock.attendedMs());
    this.options.store.commit(changes, () => {
      const held = this.givenAt.length === MOST_UNDER_WAY;
      this.givenAt.shift();
      invariant(mark === this.durable + 1, () => `mark ${mark} is durable after ${this.durable}`);
      this.durable = mark;
      becomesDurable?.();
      const waiting = this.waiting.get(mark);
      this.waiting.delete(mark);
      for (const callback of waiting ?? []) callback();
      this.options.onDurable();
      for (const effect of effects) effect();
      if (events.length > 0) this.options.onEvents(events);
      if (held) this.wake();
    });
  }
}
