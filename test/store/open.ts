/** Opens states as most tests of the LMDB store need them. */
import type { Store } from "../../src/engine/contract/store-port.js";
import { type Durability, type LmdbStoreOptions, openLmdbStore } from "../../src/store/index.js";
import { StateDatabase } from "../../src/store/lmdb/database.js";
import { holderCodec, thisProcess } from "../../src/store/lmdb/holder.js";
import { metaWrite } from "../../src/store/records/tables.js";
import { RecordingLog } from "./records.js";

/** A store that must not be lost, unless the options say otherwise. */
export function openState(
  directory: string,
  options: Partial<LmdbStoreOptions> = {},
): Promise<Store> {
  return openLmdbStore({
    directory,
    durable: "relaxed",
    log: new RecordingLog(),
    onLost: (reason) => {
      throw reason;
    },
    ...options,
  });
}

/** Opens and closes it. */
export async function visitState(
  directory: string,
  options: Partial<LmdbStoreOptions> = {},
): Promise<void> {
  const store = await openState(directory, options);
  await store.close();
}

/** As if another server had taken the state, by --break-lock, and had died. */
export async function takeAway(directory: string, durable: Durability): Promise<void> {
  const database = new StateDatabase(directory, durable, new RecordingLog());
  const another = holderCodec.encode({ ...thisProcess(0), bootId: "another boot" });
  await database.write([metaWrite("owner", another)]);
  await database.close();
}
