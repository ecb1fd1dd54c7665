/**
 * Reads a state as it is at one moment, without changing it, whether or not a server has it open. A
 * state of an older schema is migrated in memory.
 */
import { join } from "node:path";
import { DamagedStateError, NewerStateError, StateError } from "../errors.js";
import {
  type HolderLife,
  type HolderRecord,
  lifeOf,
  lifeWithoutLock,
  readHolder,
  thisProcess,
} from "../lmdb/holder.js";
import type { StoredRow } from "../lock/wire.js";
import { MIGRATIONS } from "../migrations/list.js";
import { currentSchema, migrationsFor, readSchema, type Schema } from "../migrations/schema.js";
import { type RowSource, readState, type StateAsRead } from "../records/state-reader.js";
import {
  type MetaName,
  metaKey,
  TABLE_NAMES,
  type TableName,
  type Write,
} from "../records/tables.js";
import { type LockSeen, readRows, requireState } from "./rows-of-moment.js";

export interface Snapshot extends StateAsRead {
  readonly directory: string;
  readonly fileBytes: number;
  /** As it is on the disk. */
  readonly schema: Schema;
  /**
   * Who has it open, or left it open; null when it was closed in order. "noAnswer": it lives, and
   * does not say what is in the state.
   */
  readonly holder: (HolderRecord & { readonly life: HolderLife | "noAnswer" }) | null;
}

/**
 * Rejects with a {@link StateError}: STATE_DIRECTORY when there is no state, {@link DamagedStateError}
 * when the file is damaged, {@link NewerStateError}. Damaged rows are in the result.
 */
export async function readSnapshot(directory: string): Promise<Snapshot> {
  const file = join(directory, "data.mdb");
  requireState(directory, file);
  const { rows: stored, fileBytes, lock } = await readRows(directory, file);
  const rows = new CopiedRows(stored);
  const schemaBytes = rows.meta("schema");
  if (schemaBytes === undefined) {
    throw new DamagedStateError(file, "it is not a state of this server: it has no schema");
  }
  const schema = readSchema(schemaBytes, file);
  const pending = migrationsFor(schema, MIGRATIONS);
  if (pending === null) {
    throw new NewerStateError(directory, schema, currentSchema(MIGRATIONS).version);
  }
  for (const { migrate } of pending) rows.apply([...migrate((table) => rows.rows(table))]);
  const holderRow = rows.meta("owner");
  const holder = holderRow === undefined ? null : readHolder(holderRow, file);
  return {
    directory,
    fileBytes,
    schema,
    holder: holder && { ...holder, life: lifeBy(lock, holder, directory) },
    ...readState(rows),
  };
}

function lifeBy(lock: LockSeen, holder: HolderRecord, directory: string): HolderLife | "noAnswer" {
  const self = thisProcess(Date.now(), directory);
  if (lock === "notSeen") return lifeOf(holder, self);
  return lock === "free" ? lifeWithoutLock(holder, self) : lock;
}

/** All rows as they were at one moment. */
class CopiedRows implements RowSource {
  private readonly tables = new Map<string, Map<string, StoredRow>>();

  constructor(rows: readonly StoredRow[]) {
    for (const name of [...TABLE_NAMES, "meta"]) this.tables.set(name, new Map());
    for (const row of rows) this.tables.get(row.table)?.set(row.key.toString("hex"), row);
  }

  meta(name: MetaName): Buffer | undefined {
    return this.tables.get("meta")?.get(metaKey(name).toString("hex"))?.value;
  }

  rows(table: TableName | "meta"): Iterable<StoredRow> {
    return this.tables.get(table)?.values() ?? [];
  }

  /** In memory. */
  apply(writes: readonly Write[]): void {
    for (const { table, key, value } of writes) {
      if (value === null) this.tables.get(table)?.delete(key.toString("hex"));
      else this.tables.get(table)?.set(key.toString("hex"), { table, key, value });
    }
  }
}
