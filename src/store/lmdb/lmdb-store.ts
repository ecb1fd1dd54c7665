/** The store of a server: the records of src/engine/records.ts in an LMDB file. */

import type { Log } from "../../engine/contract/log.js";
import type { StorePort } from "../../engine/contract/ports.js";
import type {
  ChangeSet,
  Counters,
  SavedState,
  TableChanges,
} from "../../engine/contract/records.js";
import {
  DamagedRecordError,
  DamagedStateError,
  NewerStateError,
  StateInUseError,
} from "../errors.js";
import type { Migration } from "../migrations/migration.js";
import {
  currentSchema,
  MIGRATIONS,
  migrationsFor,
  readSchema,
  schemaCodec,
} from "../migrations/schema.js";
import { seal } from "../records/checksum.js";
import { FieldError } from "../records/fields.js";
import { countersCodec } from "../records/machine-codecs.js";
import { type DamagedRow, FIRST_COUNTERS, readCounters, readState } from "../records/reading.js";
import {
  cooldownsTable,
  endedJobsTable,
  jobsTable,
  machinesTable,
  metaKey,
  quarantineTable,
  TABLE_NAMES,
  type Table,
  type Write,
} from "../records/tables.js";
import { CommitQueue } from "./commit-queue.js";
import { type Durability, StateDatabase } from "./database.js";
import { type HolderRecord, holderCodec, lifeOf, thisProcess } from "./holder.js";
import { salvage, writeLost } from "./salvage.js";

export interface StoreOptions {
  /** The state directory; made if it is not there. */
  readonly directory: string;
  readonly durable: Durability;
  readonly log: Log;
  /** Takes the state over from a holder that cannot be seen from here; never from a living one. */
  readonly breakLock?: boolean;
  /**
   * Drops what is damaged before anything is read: {@link salvage}. It is written to a file in the
   * directory and to the log.
   */
  readonly salvage?: boolean;
  /** Only for tests of migrations. */
  readonly migrations?: readonly Migration[];
}

/**
 * Opens the state directory for this process alone. Throws {@link StateInUseError},
 * {@link NewerStateError}, {@link DamagedStateError} or {@link StateError}; the state is then as
 * it was.
 */
export function openLmdbStore(options: StoreOptions): LmdbStore {
  const database = new StateDatabase(options.directory, options.durable, options.log);
  try {
    return new LmdbStore(database, options);
  } catch (error) {
    database.discard();
    throw error;
  }
}

export class LmdbStore implements StorePort {
  /** Whether the last server ended without closing the state. */
  readonly tookOver: boolean;
  private readonly queue: CommitQueue;
  private readonly log: Log;

  constructor(
    private readonly database: StateDatabase,
    options: StoreOptions,
  ) {
    const { directory, log, breakLock = false, migrations = MIGRATIONS } = options;
    this.log = log;
    const self = thisProcess(Date.now());
    let tookOver = false;
    // LMDB lets one process write at a time: looking at the owner and becoming it is one step.
    database.transaction(() => {
      const left = this.previousOwner(breakLock);
      tookOver = left !== undefined;
      if (left !== undefined) {
        const verdict = lifeOf(left, self);
        if (verdict === "alive" || (verdict === "unknown" && !breakLock)) {
          throw new StateInUseError(directory, left, verdict === "alive");
        }
        log.info(
          { pid: left.pid, host: left.host, since: new Date(left.sinceMs).toISOString() },
          "The last server on this state directory ended without closing it; going on from its last commit",
        );
      }
      this.pendingMigrations(directory, migrations);
      return [put("owner", holderCodec.encode(self)), ...this.firstRows(migrations)];
    });
    this.tookOver = tookOver;
    database.openTables();
    this.migrate(migrations, log);
    if (options.salvage === true) this.salvage(log);
    this.queue = new CommitQueue((writes) => database.write(writes), log);
  }

  private previousOwner(breakLock: boolean): HolderRecord | undefined {
    const bytes = this.database.meta("owner");
    if (bytes === undefined) return undefined;
    try {
      return holderCodec.decode(bytes);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      if (breakLock) return undefined;
      throw new DamagedStateError(
        this.database.file,
        `who has it open cannot be read (${error.message}); if no server runs on it, --break-lock gets past this`,
      );
    }
  }

  private firstRows(migrations: readonly Migration[]): readonly Write[] {
    if (this.database.meta("schema") !== undefined) return [];
    return [put("schema", schemaCodec.encode(currentSchema(migrations))), counters(FIRST_COUNTERS)];
  }

  private pendingMigrations(
    directory: string,
    migrations: readonly Migration[],
  ): readonly Migration[] {
    const bytes = this.database.meta("schema");
    if (bytes === undefined) return [];
    const saved = readSchema(bytes, this.database.file);
    const pending = migrationsFor(saved, migrations);
    if (pending === null) {
      throw new NewerStateError(directory, saved, currentSchema(migrations).version);
    }
    return pending;
  }

  /** One transaction each, together with the mark that it was done. */
  private migrate(migrations: readonly Migration[], log: Log): void {
    const { database } = this;
    for (const migration of this.pendingMigrations(database.directory, migrations)) {
      const reached = currentSchema(migrations.filter((m) => m.version <= migration.version));
      database.transaction(() => [
        // All is read before the first change is made.
        ...migration.migrate((table) => database.rows(table)),
        put("schema", schemaCodec.encode(reached)),
      ]);
      log.info({ version: migration.version, title: migration.title }, "Migrated the state");
    }
  }

  /** Reads everything. Throws {@link DamagedRecordError} when a row is damaged. */
  load(): SavedState {
    const { state, damaged } = readState(this.database);
    if (damaged.length === 0) return state;
    for (const { table, keyText, problem } of damaged) {
      this.log.error({ table, key: keyText, problem }, "A record of the state is damaged");
    }
    throw new DamagedRecordError(this.database.file, damaged);
  }

  private salvage(log: Log): void {
    const { database } = this;
    const { writes, lost } = salvage(readState(database));
    if (lost.length === 0) {
      log.info({}, "Nothing in the state is damaged: there was nothing to salvage");
      return;
    }
    const file = writeLost(database.directory, lost);
    database.transaction(() => writes);
    for (const { table, key, problem } of lost) log.warn({ table, key, problem }, "Dropped");
    log.warn({ file, records: lost.length }, `Salvaged the state; what was dropped is in ${file}`);
  }

  /** See {@link StorePort.commit}. In every table, what is deleted goes before what is put. */
  commit(changes: ChangeSet, done: () => void): void {
    const { jobs, endedJobs, cooldowns, quarantine, machines, counters: next } = changes;
    const writes = [
      ...tableWrites(jobsTable, jobs),
      ...tableWrites(endedJobsTable, endedJobs),
      ...tableWrites(cooldownsTable, cooldowns),
      ...tableWrites(quarantineTable, quarantine),
      ...tableWrites(machinesTable, machines),
    ];
    if (next !== null) writes.push(counters(next));
    this.queue.commit(writes, done);
  }

  /**
   * For a cold start, before the first commit: forgets all jobs, rests, machines and quarantined
   * boards. The counters stay, so that no id is ever given twice. Waits for the disk.
   */
  clear(): void {
    this.database.transaction(() => {
      const damaged: DamagedRow[] = [];
      readCounters(this.database, damaged);
      if (damaged.length > 0) throw new DamagedRecordError(this.database.file, damaged);
      return [...this.database.deletions(TABLE_NAMES)];
    });
  }

  /**
   * Writes what is still to be written, and leaves the state to the next server. Rejects with
   * STATE_NOT_SAVED when the disk does not take it.
   */
  async close(): Promise<void> {
    try {
      await this.queue.close();
      await this.database.write([{ table: "meta", key: metaKey("owner"), value: null }]);
    } finally {
      await this.database.close();
    }
  }
}

function put(name: string, value: Buffer): Write {
  return { table: "meta", key: metaKey(name), value };
}

function counters(next: Counters): Write {
  const key = metaKey("counters");
  return { table: "meta", key, value: seal(key, countersCodec.encode(next)) };
}

function tableWrites<Row, Key>(
  table: Table<Row, Key>,
  changes: TableChanges<Row, Key>,
): readonly Write[] {
  return [
    ...changes.delete.map((key) => ({
      table: table.name,
      key: table.keyBytes(key),
      value: null,
    })),
    ...changes.put.map((row) => table.write(row)),
  ];
}
