export * from "./errors.js";
export type { Durability } from "./lmdb/database.js";
export { type LmdbStore, openLmdbStore, type StoreOptions } from "./lmdb/lmdb-store.js";
export { readSnapshot, type Snapshot } from "./lmdb/snapshot.js";
