/** Brings a state to the schema of this software. */
import type { Log } from "../../engine/contract/log.js";
import { NewerStateError } from "../errors.js";
import type { Migration } from "../migrations/migration.js";
import { currentSchema, migrationsFor, readSchema, schemaCodec } from "../migrations/schema.js";
import { countersWrite } from "../records/change-set.js";
import { FIRST_COUNTERS } from "../records/state-reader.js";
import { metaWrite, type Write } from "../records/tables.js";
import type { StateDatabase } from "./database.js";

/** What a new state begins with. Throws {@link NewerStateError} for one that cannot be read. */
export function firstRows(
  database: StateDatabase,
  migrations: readonly Migration[],
): readonly Write[] {
  if (database.meta("schema") === undefined) {
    return [
      metaWrite("schema", schemaCodec.encode(currentSchema(migrations))),
      countersWrite(FIRST_COUNTERS),
    ];
  }
  pendingMigrations(database, migrations);
  return [];
}

/** Applies the migrations that the state has not had, one transaction each. */
export function upgrade(database: StateDatabase, migrations: readonly Migration[], log: Log): void {
  for (const migration of pendingMigrations(database, migrations)) {
    const reached = currentSchema(migrations.filter((m) => m.version <= migration.version));
    database.transaction(() => [
      // All is read before the first change is made.
      ...migration.migrate((table) => database.rows(table)),
      metaWrite("schema", schemaCodec.encode(reached)),
    ]);
    log.info({ version: migration.version, title: migration.title }, "the state was migrated");
  }
}

function pendingMigrations(
  database: StateDatabase,
  migrations: readonly Migration[],
): readonly Migration[] {
  const bytes = database.meta("schema");
  if (bytes === undefined) return [];
  const saved = readSchema(bytes, database.file);
  const pending = migrationsFor(saved, migrations);
  if (pending === null) {
    throw new NewerStateError(database.directory, saved, currentSchema(migrations).version);
  }
  return pending;
}
