/**
 * The tables of the state database: one LMDB sub-database each, keys and values plain bytes. Every
 * value but those of schema and owner has a checksum behind its message (checksum.ts).
 *
 * | table      | key                                            | message      |
 * |------------|------------------------------------------------|--------------|
 * | jobs       | job id, 8 bytes big-endian                     | Job          |
 * | `retired`  | job id, 8 bytes big-endian                     | `RetiredJob` |
 * | `rests`    | cooldown id, 8 bytes big-endian                | `Rest`       |
 * | machines   | machine id, 8 bytes big-endian                 | Machine      |
 * | quarantine | board number, 4 bytes big-endian, BMP, UTF-8   | Quarantine   |
 * | excluded   | its number, 8 bytes big-endian                 | Excluded     |
 * | meta       | "counters", "schema", "owner"                  | the same     |
 *
 * The names `retired`, `rests` and `owner`, of what is called ended jobs, cooldowns and holder
 * elsewhere, are those of the first release.
 */
import type {
  CooldownRecord,
  EndedJobRecord,
  JobRecord,
  MachineRecord,
  QuarantineKey,
  QuarantineRecord,
} from "../../engine/contract/records.js";
import { quarantineKey } from "../../engine/contract/records.js";
import { sealRecord } from "./checksum.js";
import type { Codec } from "./codec.js";
import { endedJobCodec } from "./ended-job-codec.js";
import { excludedCodec, type StoredExcluded } from "./excluded-codec.js";
import { cooldownCodec, jobCodec } from "./job-codecs.js";
import { machineCodec } from "./machine-codecs.js";
import { quarantineCodec } from "./quarantine-codec.js";

/** How the rows of one table are found and written. */
export interface Table<Row, Key> {
  readonly name: TableName;
  readonly codec: Codec<Row>;
  keyOf(row: Row): Key;
  keyBytes(key: Key): Buffer;
  /** The key in words. */
  keyText(bytes: Buffer): string;
  /** The change that puts the row. */
  write(row: Row): Write;
}

function table<Row, Key>(parts: Omit<Table<Row, Key>, "write">): Table<Row, Key> {
  const { name, codec, keyOf, keyBytes } = parts;
  return {
    ...parts,
    write(row) {
      const key = keyBytes(keyOf(row));
      return { table: name, key, value: sealRecord(key, codec, row) };
    },
  };
}

/** What a cold start on damaged records forgets. */
export const RECORD_TABLES = ["jobs", "retired", "rests", "machines", "quarantine"] as const;
export const TABLE_NAMES = [...RECORD_TABLES, "excluded"] as const;
export type TableName = (typeof TABLE_NAMES)[number];

/** LMDB's limit, less the four bytes of the board. */
const MAX_ADDRESS_BYTES = 1900;

/** The rows of `meta`. */
export type MetaName = "counters" | "schema" | "owner";

export const metaKey = (name: MetaName): Buffer => Buffer.from(name);

function idBytes(id: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeUInt32BE(Math.floor(id / 2 ** 32), 0);
  bytes.writeUInt32BE(id % 2 ** 32, 4);
  return bytes;
}

function idText(bytes: Buffer): string {
  return bytes.length === 8 ? String(bytes.readBigUInt64BE()) : `0x${bytes.toString("hex")}`;
}

function byId<Row>(
  name: TableName,
  codec: Codec<Row>,
  keyOf: (row: Row) => number,
): Table<Row, number> {
  return table({ name, codec, keyOf, keyBytes: idBytes, keyText: idText });
}

export const jobsTable = byId<JobRecord>("jobs", jobCodec, (job) => job.jobId);
export const endedJobsTable = byId<EndedJobRecord>("retired", endedJobCodec, (job) => job.jobId);
export const cooldownsTable = byId<CooldownRecord>(
  "rests",
  cooldownCodec,
  (cooldown) => cooldown.cooldownId,
);
export const machinesTable = byId<MachineRecord>("machines", machineCodec, (m) => m.machineId);

export const excludedTable = byId<StoredExcluded>("excluded", excludedCodec, (row) => row.number);

export const quarantineTable = table<QuarantineRecord, QuarantineKey>({
  name: "quarantine",
  codec: quarantineCodec,
  keyOf: quarantineKey,
  keyBytes([bmp, number]) {
    const address = Buffer.from(bmp, "utf8");
    if (address.length > MAX_ADDRESS_BYTES) {
      throw new RangeError(
        `the address of a BMP is ${address.length} bytes long; at most ${MAX_ADDRESS_BYTES} can be stored`,
      );
    }
    const bytes = Buffer.alloc(4 + address.length);
    bytes.writeUInt32BE(number);
    address.copy(bytes, 4);
    return bytes;
  },
  keyText: (bytes) =>
    bytes.length >= 4
      ? `${JSON.stringify(bytes.toString("utf8", 4))}, board ${bytes.readUInt32BE()}`
      : `0x${bytes.toString("hex")}`,
});

/** What a record of quarantine is known by, from its key; null when that is none. */
export function quarantineKeyOf(bytes: Buffer): QuarantineKey | null {
  return bytes.length >= 4 ? [bytes.toString("utf8", 4), bytes.readUInt32BE()] : null;
}

/** Null for a key that is not an id. */
export function idOf(bytes: Buffer): number | null {
  const id = bytes.length === 8 ? Number(bytes.readBigUInt64BE()) : 0;
  return Number.isSafeInteger(id) && id > 0 ? id : null;
}

/** The key of a row of any table, in words. */
export function keyTextOf(table: string, key: Buffer): string {
  if (table === "meta") return key.toString();
  return table === quarantineTable.name ? quarantineTable.keyText(key) : idText(key);
}

/** One change of one row. */
export interface Write {
  readonly table: TableName | "meta";
  readonly key: Buffer;
  /** Null deletes the row. */
  readonly value: Buffer | null;
}

/** The change of a row of `meta`. */
export function metaWrite(name: MetaName, value: Buffer | null): Write {
  return { table: "meta", key: metaKey(name), value };
}
