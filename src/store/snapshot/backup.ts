/** Copies a state as it is at one moment, whether or not a server has it open. */
import { join } from "node:path";
import type { Log } from "../../engine/contract/log.js";
import { StateError } from "../errors.js";
import { takeLock } from "../lmdb/before-opening.js";
import { StateDatabase } from "../lmdb/database.js";
import { makeUsable } from "../lmdb/directory.js";
import { thisProcess } from "../lmdb/holder.js";
import type { StoredRow } from "../lock/wire.js";
import { metaKey, TABLE_NAMES, type Write } from "../records/tables.js";
import { readRows, requireState } from "./rows-of-moment.js";

/** What is logged about a state that is open for long, which this one is not. */
const NO_LOG: Log = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Writes the state into `target`, which must be empty or not there: every record as it is, in its
 * schema, and no holder. Resolves when it is on the disk. Rejects with a {@link StateError}.
 */
export async function backUpState(directory: string, target: string): Promise<void> {
  const file = join(directory, "data.mdb");
  requireState(directory, file);
  const { rows } = await readRows(directory, file);
  const writes = rows.filter((row) => !isHolder(row)).map((row) => copied(row, directory));
  makeUsable(target, { empty: true });
  const self = thisProcess(Date.now(), target);
  const lock = await takeLock(target, { self, breakLock: false });
  try {
    const database = new StateDatabase(target, "disk", NO_LOG);
    try {
      database.openTables();
      database.transaction(() => writes);
    } finally {
      await database.close();
    }
  } finally {
    lock.release();
  }
}

function isHolder({ table, key }: StoredRow): boolean {
  return table === "meta" && key.equals(metaKey("owner"));
}

function copied({ table, key, value }: StoredRow, directory: string): Write {
  const known = [...TABLE_NAMES, "meta" as const].find((name) => name === table);
  if (known === undefined) {
    throw new StateError(
      "STATE_NEWER",
      `The state in ${directory} has a table ${table}, which this version does not know. Make the backup with the version that wrote it.`,
    );
  }
  return { table: known, key, value };
}
