/** Stores that implement the port of src/engine/contract/store-port.ts. */
export {
  type DamagedRecord,
  DamagedRecordError,
  DamagedStateError,
  NewerStateError,
  StateError,
  type StateErrorCode,
  type StateHolder,
  StateInUseError,
  StateLostError,
} from "./errors.js";
export type { Durability } from "./lmdb/database.js";
export { type LmdbStoreOptions, openLmdbStore } from "./lmdb/lmdb-store.js";
export { readSnapshot, type Snapshot } from "./lmdb/snapshot.js";
