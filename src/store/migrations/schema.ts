/**
 * Versions of the schema. A state carries the version it was last brought to, and the oldest
 * version whose software can still read it (its breaking mark). Software of version v reads every
 * state whose breaking mark is at most v; older states are migrated at the start, in order
 * (lmdb/upgrade.ts).
 */

import { DamagedStateError } from "../errors.js";
import { codec } from "../records/codec.js";
import { FieldError } from "../records/fields.js";
import type { Migration } from "./migration.js";

export interface Schema {
  readonly version: number;
  readonly breaking: number;
}

/** The version that the first release wrote. */
const FIRST_SCHEMA: Schema = { version: 1, breaking: 1 };

export const schemaCodec = codec<Schema>(
  "Schema",
  (schema) => schema,
  (fields) => ({ version: fields.count("version"), breaking: fields.count("breaking") }),
);

/** The schema that the migrations lead to. */
export function currentSchema(migrations: readonly Migration[]): Schema {
  return migrations.reduce(
    ({ breaking }, migration) => ({
      version: migration.version,
      breaking: migration.breaking ? migration.version : breaking,
    }),
    FIRST_SCHEMA,
  );
}

/**
 * What to do about a saved schema: the migrations still to apply (none for a newer state that can
 * be read), or null when it cannot be read.
 */
export function migrationsFor(
  saved: Schema,
  migrations: readonly Migration[],
): readonly Migration[] | null {
  if (saved.breaking > currentSchema(migrations).version) return null;
  return migrations.filter(({ version }) => version > saved.version);
}

/** The schema of a state. Throws {@link DamagedStateError}: nothing can be read without it. */
export function readSchema(bytes: Buffer, file: string): Schema {
  try {
    return schemaCodec.decode(bytes);
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw new DamagedStateError(file, `its schema cannot be read: ${error.message}`);
  }
}
