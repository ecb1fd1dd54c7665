/**
 * Version 5: records that cannot be used are kept in a table of their own. Older software does not know it,
 * and leaves it as it is.
 */
import type { Migration } from "./migration.js";

export const excludedRecords: Migration = {
  version: 5,
  breaking: false,
  title: "records that cannot be used are kept in a table of their own",
  migrate: () => [],
};
