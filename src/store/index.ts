export * from "./errors.js";
export { type LmdbStore, openLmdbStore } from "./lmdb/lmdb-store.js";
export { readSnapshot, type Snapshot } from "./lmdb/snapshot.js";
