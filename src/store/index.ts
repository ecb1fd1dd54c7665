export type { Durability } from "./database.js";
export * from "./errors.js";
export { openStore, type Store, type StoreOptions } from "./lmdb-store.js";
export { readSnapshot, type Snapshot } from "./snapshot.js";
