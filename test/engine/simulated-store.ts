/** A store in memory. Sets are committed one by one when the world says so; a crash loses the rest. */
import type { StorePort } from "../../src/engine/ports.js";
import type {
  ChangeSet,
  Counters,
  JobRecord,
  MachineRecord,
  QuarantineRecord,
  RestRecord,
  RetiredJobRecord,
  SavedState,
  TableChanges,
} from "../../src/engine/records.js";

class Table<Row, Key> {
  private readonly rows = new Map<string, Row>();

  constructor(private readonly keyOf: (row: Row) => Key) {}

  apply({ put, delete: deleted }: TableChanges<Row, Key>): void {
    for (const row of put) this.rows.set(String(this.keyOf(row)), row);
    for (const key of deleted) this.rows.delete(String(key));
  }

  all(): Row[] {
    return [...this.rows.values()];
  }
}

export class SimulatedStore implements StorePort {
  private counters: Counters = { nextJobId: 1, nextMachineId: 1, nextRestId: 1 };
  private readonly jobs = new Table<JobRecord, number>(({ jobId }) => jobId);
  private readonly retired = new Table<RetiredJobRecord, number>(({ jobId }) => jobId);
  private readonly rests = new Table<RestRecord, number>(({ restId }) => restId);
  private readonly machines = new Table<MachineRecord, number>(({ machineId }) => machineId);
  private readonly quarantine = new Table<QuarantineRecord, readonly [string, number]>(
    ({ machineName, board }) => [machineName, board],
  );
  private waiting: { changes: ChangeSet; done: () => void }[] = [];

  commit(changes: ChangeSet, done: () => void): void {
    this.waiting.push({ changes: structuredClone(changes), done });
  }

  get hasWaiting(): boolean {
    return this.waiting.length > 0;
  }

  /** Makes the oldest set durable; its `done` is called unless the server dies in between. */
  commitOne(dies = false): void {
    const next = this.waiting.shift();
    if (!next) return;
    const { changes, done } = next;
    this.jobs.apply(changes.jobs);
    this.retired.apply(changes.retired);
    this.rests.apply(changes.rests);
    this.machines.apply(changes.machines);
    this.quarantine.apply(changes.quarantine);
    if (changes.counters) this.counters = changes.counters;
    if (!dies) done();
  }

  crash(): void {
    this.waiting = [];
  }

  load(): SavedState {
    const byJob = (a: { jobId: number }, b: { jobId: number }) => a.jobId - b.jobId;
    return structuredClone({
      counters: this.counters,
      jobs: this.jobs.all().sort(byJob),
      retired: this.retired.all().sort(byJob),
      rests: this.rests.all().sort(byJob),
      quarantine: this.quarantine.all(),
      machines: this.machines.all(),
    });
  }
}
