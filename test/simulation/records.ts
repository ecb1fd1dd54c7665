/** The tables of the store, as they are after some number of change sets. */
import {
  type ChangeSet,
  type CooldownRecord,
  type Counters,
  type EndedJobRecord,
  type JobRecord,
  type MachineRecord,
  type QuarantineKey,
  type QuarantineRecord,
  quarantineKey,
  type SavedState,
  type TableChanges,
} from "../../src/engine/contract/records.js";

class Table<Row, Key> {
  readonly rows = new Map<string, Row>();

  constructor(private readonly keyOf: (row: Row) => Key) {}

  get(key: Key): Row | undefined {
    return this.rows.get(String(key));
  }

  apply({ put, delete: deleted }: TableChanges<Row, Key>): void {
    for (const key of deleted) this.rows.delete(String(key));
    for (const row of put) this.rows.set(String(this.keyOf(row)), row);
  }

  become(other: Table<Row, Key>): void {
    this.rows.clear();
    for (const [key, row] of other.rows) this.rows.set(key, row);
  }
}

export class Records {
  counters: Counters = { nextJobId: 1, nextMachineId: 1, nextCooldownId: 1 };
  readonly jobs = new Table<JobRecord, number>(({ jobId }) => jobId);
  readonly endedJobs = new Table<EndedJobRecord, number>(({ jobId }) => jobId);
  readonly cooldowns = new Table<CooldownRecord, number>(({ cooldownId }) => cooldownId);
  readonly machines = new Table<MachineRecord, number>(({ machineId }) => machineId);
  readonly quarantine = new Table<QuarantineRecord, QuarantineKey>(quarantineKey);

  apply(changes: ChangeSet): void {
    this.jobs.apply(changes.jobs);
    this.endedJobs.apply(changes.endedJobs);
    this.cooldowns.apply(changes.cooldowns);
    this.machines.apply(changes.machines);
    this.quarantine.apply(changes.quarantine);
    if (changes.counters) this.counters = changes.counters;
  }

  become(other: Records): void {
    this.counters = other.counters;
    this.jobs.become(other.jobs);
    this.endedJobs.become(other.endedJobs);
    this.cooldowns.become(other.cooldowns);
    this.machines.become(other.machines);
    this.quarantine.become(other.quarantine);
  }

  /** A cold start: everything is gone but the ids that were given. */
  clear(): void {
    const { counters } = this;
    this.become(new Records());
    this.counters = counters;
  }

  saved(): SavedState {
    const byJob = (a: { jobId: number | null }, b: { jobId: number | null }) =>
      (a.jobId ?? 0) - (b.jobId ?? 0);
    return {
      counters: this.counters,
      jobs: [...this.jobs.rows.values()].sort(byJob),
      endedJobs: [...this.endedJobs.rows.values()].sort(byJob),
      cooldowns: [...this.cooldowns.rows.values()].sort(byJob),
      quarantine: [...this.quarantine.rows.values()],
      machines: [...this.machines.rows.values()],
    };
  }
}
