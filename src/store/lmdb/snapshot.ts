/**
 * Reads a state without changing it, whether or not a server has it open: LMDB shows a reader one
 * moment, whatever is written meanwhile. A state of an older schema is migrated in memory.
 */
import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import { open } from "lmdb";
import { DamagedStateError, NewerStateError, StateError } from "../errors.js";
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
import { findDamage } from "./data-file.js";
import { requireFiles } from "./directory.js";
import { type HolderLife, type HolderRecord, lifeOf, readHolder, thisProcess } from "./holder.js";

export interface Snapshot extends StateAsRead {
  readonly directory: string;
  readonly fileBytes: number;
  /** As it is on the disk. */
  readonly schema: Schema;
  /** Who has it open, or left it open; null when it was closed in order. */
  readonly holder: (HolderRecord & { readonly life: HolderLife }) | null;
}

/**
 * Rejects with a {@link StateError}: STATE_DIRECTORY when there is no state, {@link DamagedStateError}
 * when the file is damaged, {@link NewerStateError}. Damaged rows are in the result.
 */
export async function readSnapshot(directory: string): Promise<Snapshot> {
  const file = join(directory, "data.mdb");
  requireState(directory, file);
  const damage = findDamage(file);
  if (damage !== null) throw new DamagedStateError(file, damage);
  const rows = new CopiedRows(directory);
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
    fileBytes: statSync(file).size,
    schema,
    holder: holder && { ...holder, life: lifeOf(holder, thisProcess(Date.now())) },
    ...readState(rows),
  };
}

/** Throws a {@link StateError} when there is none, or it cannot be read. */
function requireState(directory: string, file: string): void {
  try {
    requireFiles(directory);
    accessSync(file, constants.R_OK);
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const reason = error instanceof Error ? error.message : String(error);
    throw new StateError(
      "STATE_DIRECTORY",
      isMissing
        ? `There is no state in ${directory}: it has no data.mdb.`
        : `The state in ${directory} cannot be read: ${reason}.`,
      { cause: error },
    );
  }
}

interface Row {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** All rows as they were at one moment. */
class CopiedRows implements RowSource {
  private readonly tables = new Map<TableName | "meta", Map<string, Row>>();

  constructor(directory: string) {
    const bytes = { encoding: "binary", keyEncoding: "binary" } as const;
    const root = open<Buffer, Buffer>({
      path: directory,
      readOnly: true,
      noSubdir: false,
      ...bytes,
    });
    try {
      // Before the transaction, which opening a table would end. Undefined, whatever its type says,
      // for a table that is not there yet.
      const tables = [...TABLE_NAMES, "meta" as const].map((name) => {
        const table = root.openDB<Buffer, Buffer>(name, bytes) as
          | ReturnType<typeof root.openDB<Buffer, Buffer>>
          | undefined;
        return { name, table };
      });
      const transaction = root.useReadTransaction();
      for (const { name, table } of tables) {
        const rows = table === undefined ? [] : [...table.getRange({ transaction })];
        this.tables.set(name, new Map(rows.map((row) => [row.key.toString("hex"), row])));
      }
      transaction.done();
    } finally {
      void root.close();
    }
  }

  meta(name: MetaName): Buffer | undefined {
    return this.tables.get("meta")?.get(metaKey(name).toString("hex"))?.value;
  }

  rows(table: TableName | "meta"): Iterable<Row> {
    return this.tables.get(table)?.values() ?? [];
  }

  /** In memory. */
  apply(writes: readonly Write[]): void {
    for (const { table, key, value } of writes) {
      if (value === null) this.tables.get(table)?.delete(key.toString("hex"));
      else this.tables.get(table)?.set(key.toString("hex"), { key, value });
    }
  }
}
