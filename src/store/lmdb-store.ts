/** The store of a server: the records of src/engine/records.ts in an LMDB file. */
import type { Log } from "../engine/log.js";
import type { StorePort } from "../engine/ports.js";
import type { ChangeSet, Counters, SavedState, TableChanges } from "../engine/records.js";
import type { Codec } from "./codec.js";
import { CommitQueue } from "./commit-queue.js";
import { type Durability, StateDatabase } from "./database.js";
import { DamagedRecordError, NewerStateError, StateInUseError } from "./errors.js";
import { FieldError } from "./fields.js";
import { countersCodec } from "./machine-codecs.js";
import { judge, type Owner, ownerCodec, thisProcess } from "./owner.js";
import { currentSchema, MIGRATIONS, type Migration, migrationsFor, schemaCodec } from "./schema.js";
import {
  jobsTable,
  machinesTable,
  quarantineTable,
  restsTable,
  retiredTable,
  TABLE_NAMES,
  type Table,
  type Write,
} from "./tables.js";

export interface StoreOptions {
  /** The state directory; made if it is not there. */
  readonly directory: string;
  readonly durable: Durability;
  readonly log: Log;
  /** Takes the state over from a holder that cannot be seen from here; never from a living one. */
  readonly breakLock?: boolean;
  /** Only for tests of migrations. */
  readonly migrations?: readonly Migration[];
}

const FIRST_COUNTERS: Counters = { nextJobId: 1, nextMachineId: 1, nextRestId: 1 };

const metaKey = (name: string): Buffer => Buffer.from(name);

/**
 * Opens the state directory for this process alone. Throws {@link StateInUseError},
 * {@link NewerStateError}, {@link DamagedStateError} or {@link StateError}; the state is then as
 * it was.
 */
export function openStore(options: StoreOptions): Store {
  const database = new StateDatabase(options.directory, options.durable, options.log);
  try {
    return new Store(database, options);
  } catch (error) {
    database.discard();
    throw error;
  }
}

export class Store implements StorePort {
  private readonly queue: CommitQueue;

  constructor(
    private readonly database: StateDatabase,
    options: StoreOptions,
  ) {
    const { directory, log, breakLock = false, migrations = MIGRATIONS } = options;
    const self = thisProcess(Date.now());
    // LMDB lets one process write at a time: looking at the owner and becoming it is one step.
    database.transaction(() => {
      const left = this.previousOwner();
      if (left !== undefined) {
        const verdict = judge(left, self);
        if (verdict === "alive" || (verdict === "unknown" && !breakLock)) {
          throw new StateInUseError(directory, left, verdict === "alive");
        }
        log.info(
          { pid: left.pid, host: left.host, since: new Date(left.since).toISOString() },
          "The last server on this state directory ended without closing it; going on from its last commit",
        );
      }
      this.pendingMigrations(directory, migrations);
      return [put("owner", ownerCodec.encode(self)), ...this.firstRows(migrations)];
    });
    database.openTables();
    this.migrate(migrations, log);
    this.queue = new CommitQueue((writes) => database.write(writes), log);
  }

  private previousOwner(): Owner | undefined {
    const bytes = this.database.meta("owner");
    return bytes === undefined ? undefined : this.decoded("meta", "owner", ownerCodec, bytes);
  }

  private firstRows(migrations: readonly Migration[]): readonly Write[] {
    if (this.database.meta("schema") !== undefined) return [];
    return [
      put("schema", schemaCodec.encode(currentSchema(migrations))),
      put("counters", countersCodec.encode(FIRST_COUNTERS)),
    ];
  }

  private pendingMigrations(
    directory: string,
    migrations: readonly Migration[],
  ): readonly Migration[] {
    const bytes = this.database.meta("schema");
    if (bytes === undefined) return [];
    const saved = this.decoded("meta", "schema", schemaCodec, bytes);
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
        ...migration.migrate((table) => database.rows(table)),
        put("schema", schemaCodec.encode(reached)),
      ]);
      log.info({ version: migration.version, title: migration.title }, "Migrated the state");
    }
  }

  /**
   * Reads everything. Throws {@link DamagedRecordError} for a row that cannot be read whole, or
   * that contradicts another.
   */
  load(): SavedState {
    const counters = this.counters();
    return {
      counters,
      jobs: this.read(jobsTable, counters.nextJobId),
      retired: this.read(retiredTable, counters.nextJobId),
      rests: this.read(restsTable, counters.nextRestId),
      quarantine: this.read(quarantineTable),
      machines: this.read(machinesTable, counters.nextMachineId),
    };
  }

  private counters(): Counters {
    const bytes = this.database.meta("counters");
    if (bytes === undefined) {
      throw new DamagedRecordError(this.database.file, "meta", "counters", "the row is missing");
    }
    return this.decoded("meta", "counters", countersCodec, bytes);
  }

  /** `nextId`: all ids of the table must have been given already. */
  private read<Row, Key>(table: Table<Row, Key>, nextId = Number.POSITIVE_INFINITY): Row[] {
    const rows: Row[] = [];
    for (const { key, value } of this.database.rows(table.name)) {
      const name = table.keyText(key);
      const row = this.decoded(table.name, name, table.codec, value);
      const ownKey = table.keyOf(row);
      const problem = !table.keyBytes(ownKey).equals(key)
        ? "it holds the row of another key"
        : typeof ownKey === "number" && ownKey >= nextId
          ? `its id was never given; the next one is ${nextId}`
          : null;
      if (problem !== null) {
        throw new DamagedRecordError(this.database.file, table.name, name, problem);
      }
      rows.push(row);
    }
    return rows;
  }

  private decoded<Row>(table: string, key: string, codec: Codec<Row>, bytes: Buffer): Row {
    try {
      return codec.decode(bytes);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      throw new DamagedRecordError(this.database.file, table, key, error.message);
    }
  }

  /** See {@link StorePort.commit}. In every table, what is deleted goes before what is put. */
  commit(changes: ChangeSet, done: () => void): void {
    const { jobs, retired, rests, quarantine, machines, counters } = changes;
    const writes = [
      ...tableWrites(jobsTable, jobs),
      ...tableWrites(retiredTable, retired),
      ...tableWrites(restsTable, rests),
      ...tableWrites(quarantineTable, quarantine),
      ...tableWrites(machinesTable, machines),
    ];
    if (counters !== null) writes.push(put("counters", countersCodec.encode(counters)));
    this.queue.commit(writes, done);
  }

  /**
   * For a cold start, before the first commit: forgets all jobs, rests, machines and quarantined
   * boards. The counters stay, so that no id is ever given twice. Waits for the disk.
   */
  clear(): void {
    this.database.transaction(() => {
      this.counters();
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

function tableWrites<Row, Key>(
  table: Table<Row, Key>,
  changes: TableChanges<Row, Key>,
): readonly Write[] {
  const { name } = table;
  return [
    ...changes.delete.map((key) => ({ table: name, key: table.keyBytes(key), value: null })),
    ...changes.put.map((row) => ({
      table: name,
      key: table.keyBytes(table.keyOf(row)),
      value: table.codec.encode(row),
    })),
  ];
}
