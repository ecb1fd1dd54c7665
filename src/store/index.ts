/** Stores that implement the port of src/engine/contract/store-port.ts. */
export {
  DamagedRecordError,
  DamagedStateError,
  NewerStateError,
  StateError,
  StateInUseError,
  StateLostError,
} from "./errors.js";
export type { Durability } from "./lmdb/database.js";
export { type LmdbStoreOptions, openLmdbStore } from "./lmdb/lmdb-store.js";
export { openToOthers } from "./open-to-others.js";
export { keyTextOf } from "./records/tables.js";
export { backUpState } from "./snapshot/backup.js";
export { readSnapshot, type Snapshot } from "./snapshot/snapshot.js";
