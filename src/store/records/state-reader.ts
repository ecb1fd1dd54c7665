/** Reads all rows of a state, whole ones and damaged ones apart. */
import type { Counters, SavedState } from "../../engine/contract/records.js";
import { unseal } from "./checksum.js";
import type { Codec } from "./codec.js";
import type { StoredExcluded } from "./excluded-codec.js";
import { FieldError } from "./fields.js";
import { countersCodec } from "./machine-codecs.js";
import {
  cooldownsTable,
  endedJobsTable,
  excludedTable,
  jobsTable,
  type MetaName,
  machinesTable,
  metaKey,
  quarantineTable,
  type Table,
  type TableName,
} from "./tables.js";

/** Where rows are: the database, opened to write or only to read. */
export interface RowSource {
  meta(name: MetaName): Buffer | undefined;
  rows(table: TableName): Iterable<{ readonly key: Buffer; readonly value: Buffer }>;
}

export interface DamagedRow {
  readonly table: TableName | "meta";
  readonly key: Buffer;
  /** The key in words. */
  readonly keyText: string;
  readonly problem: string;
  /** What is there in its place; null when nothing is. */
  readonly value: Buffer | null;
}

export interface StateAsRead {
  /** Of the rows that are whole; the first counters when the counters are damaged. */
  readonly state: SavedState;
  readonly damaged: readonly DamagedRow[];
  /** What starts have excluded. */
  readonly excluded: readonly StoredExcluded[];
}

export const FIRST_COUNTERS: Counters = { nextJobId: 1, nextMachineId: 1, nextCooldownId: 1 };

/** What is wrong with a row, or the row. */
type Outcome<Row> = { readonly row: Row } | { readonly problem: string };

function decode<Row>(codec: Codec<Row>, key: Buffer, value: Buffer): Outcome<Row> {
  try {
    return { row: codec.decode(unseal(key, value)) };
  } catch (error) {
    if (error instanceof FieldError) return { problem: error.message };
    throw error;
  }
}

/** Null when they are damaged; then that is in `damaged`. */
export function readCounters(source: RowSource, damaged: DamagedRow[]): Counters | null {
  const key = metaKey("counters");
  const value = source.meta("counters");
  const read =
    value === undefined ? { problem: "the row is missing" } : decode(countersCodec, key, value);
  if ("row" in read) return read.row;
  damaged.push({
    table: "meta",
    key,
    keyText: "counters",
    problem: read.problem,
    value: value ?? null,
  });
  return null;
}

/** Every row must be whole, lie under its own key, and have an id that was given. */
export function readState(source: RowSource): StateAsRead {
  const damaged: DamagedRow[] = [];
  const counters = readCounters(source, damaged);

  /** `nextId`: all ids of the table must have been given already. */
  const read = <Row, Key>(table: Table<Row, Key>, nextId?: number): Row[] => {
    const rows: Row[] = [];
    for (const { key, value } of source.rows(table.name)) {
      const outcome = decode(table.codec, key, value);
      const problem = "problem" in outcome ? outcome.problem : misplaced(table, key, outcome.row);
      if (problem === null && "row" in outcome) rows.push(outcome.row);
      else if (problem !== null) {
        damaged.push({ table: table.name, key, keyText: table.keyText(key), problem, value });
      }
    }
    return rows;

    function misplaced(table: Table<Row, Key>, key: Buffer, row: Row): string | null {
      const ownKey = table.keyOf(row);
      if (!table.keyBytes(ownKey).equals(key)) return "it holds the row of another key";
      return typeof ownKey === "number" && nextId !== undefined && ownKey >= nextId
        ? `its id was never given; the next one is ${nextId}`
        : null;
    }
  };

  return {
    state: {
      counters: counters ?? FIRST_COUNTERS,
      jobs: read(jobsTable, counters?.nextJobId),
      endedJobs: read(endedJobsTable, counters?.nextJobId),
      cooldowns: read(cooldownsTable, counters?.nextCooldownId),
      quarantine: read(quarantineTable),
      machines: read(machinesTable, counters?.nextMachineId),
    },
    excluded: read(excludedTable),
    damaged,
  };
}
