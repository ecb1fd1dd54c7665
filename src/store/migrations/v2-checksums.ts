/** Version 2: every record has a checksum, and an ended job may have no reason. */
import { seal } from "../records/checksum.js";
import { metaKey, RECORD_TABLES } from "../records/tables.js";
import type { Migration } from "./migration.js";

export const checksums: Migration = {
  version: 2,
  breaking: true,
  title: "a checksum for every record; an ended job may have no reason",
  *migrate(rows) {
    for (const table of [...RECORD_TABLES, "meta"] as const) {
      for (const { key, value } of rows(table)) {
        if (table === "meta" && !key.equals(metaKey("counters"))) continue;
        yield { table, key, value: seal(key, value) };
      }
    }
  },
};
