/** Every migration, from version 2 on, ascending without gaps. */
import type { Migration } from "./migration.js";
import { checksums } from "./v2-checksums.js";
import { endReasons } from "./v3-end-reasons.js";
import { physicalBoards } from "./v4-physical-boards.js";
import { excludedRecords } from "./v5-excluded-records.js";

export const MIGRATIONS: readonly Migration[] = [
  checksums,
  endReasons,
  physicalBoards,
  excludedRecords,
];
