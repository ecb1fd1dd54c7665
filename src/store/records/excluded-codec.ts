/** Codec of excluded records: what could not be used, as it was found. */
import type { ExcludedRecord } from "../../engine/contract/records.js";
import { codec } from "./codec.js";

export interface StoredExcluded extends Omit<ExcludedRecord, "key"> {
  readonly key: Buffer;
  /** Null where there was none. */
  readonly value: Buffer | null;
}

export const excludedCodec = codec<StoredExcluded>(
  "Excluded",
  ({ number, table, key, value, problem, excludedAtMs }) => ({
    number,
    table,
    key,
    value,
    problem,
    excludedAt: excludedAtMs,
  }),
  (fields) => ({
    number: fields.count("number"),
    table: fields.text("table"),
    key: fields.bytes("key"),
    value: fields.has("value") ? fields.bytes("value") : null,
    problem: fields.text("problem"),
    excludedAtMs: fields.number("excludedAt"),
  }),
);
