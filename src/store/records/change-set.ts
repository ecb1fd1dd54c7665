/** A change set as changes of rows. */
import type { ChangeSet, Counters, TableChanges } from "../../engine/contract/records.js";
import { seal } from "./checksum.js";
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
  return [
    ...tableWrites(jobsTable, jobs),
    ...tableWrites(endedJobsTable, endedJobs),
    ...tableWrites(cooldownsTable, cooldowns),
    ...tableWrites(quarantineTable, quarantine),
    ...tableWrites(machinesTable, machines),
    ...(counters === null ? [] : [countersWrite(counters)]),
  ];
}

export function countersWrite(counters: Counters): Write {
  return metaWrite("counters", seal(metaKey("counters"), countersCodec.encode(counters)));
}

function tableWrites<Row, Key>(
  { name, keyBytes, write }: Table<Row, Key>,
  { put, delete: deleted }: TableChanges<Row, Key>,
): readonly Write[] {
  return [
    ...deleted.map((key) => ({ table: name, key: keyBytes(key), value: null })),
    ...put.map((row) => write(row)),
  ];
}
