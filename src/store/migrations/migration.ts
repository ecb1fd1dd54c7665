/** What a migration is. Each has a file of its own, and a line in list.ts; lmdb/upgrade.ts applies them. */
import type { TableName, Write } from "../records/tables.js";

export interface Migration {
  /** The version this leads to; one more than that of the migration before. */
  readonly version: number;
  /** Whether software of the version before cannot read the result. */
  readonly breaking: boolean;
  readonly title: string;
  /** The changes that bring a state of the version before to this one. */
  migrate(rows: RowReader): Iterable<Write>;
}

/** All rows of a table as the migration finds them; of `meta`, only the counters are its business. */
type RowReader = (
  table: TableName | "meta",
) => Iterable<{ readonly key: Buffer; readonly value: Buffer }>;
