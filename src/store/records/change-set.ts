/** A change set as changes of rows. */
import type { ChangeSet, Counters, TableChanges } from "../../engine/contract/records.js";
import { sealRecord } from "./checksum.js";
import { countersCodec } from "./machine-codecs.js";
import {
  cooldownsTable,
  endedJobsTable,
  jobsTable,
  machinesTable,
  metaKey,
  metaWrite,
  quarantineTable,
  type Table,
  type Write,
} from "./tables.js";

/** In every table, what is deleted goes before what is put. */
export function writesOf(changes: ChangeSet): readonly Write[] {
  const { jobs, endedJobs, cooldowns, quarantine, machines, counters } = changes;
  const writes: Write[] = [];
  addWrites(writes, jobsTable, jobs);
  addWrites(writes, endedJobsTable, endedJobs);
  addWrites(writes, cooldownsTable, cooldowns);
  addWrites(writes, quarantineTable, quarantine);
  addWrites(writes, machinesTable, machines);
  if (counters !== null) writes.push(countersWrite(counters));
  return writes;
}

export function countersWrite(counters: Counters): Write {
  return metaWrite("counters", sealRecord(metaKey("counters"), countersCodec, counters));
}

function addWrites<Row, Key>(
  writes: Write[],
  { name, keyBytes, write }: Table<Row, Key>,
  { put, delete: deleted }: TableChanges<Row, Key>,
): void {
  for (const key of deleted) writes.push({ table: name, key: keyBytes(key), value: null });
  for (const row of put) writes.push(write(row));
}
