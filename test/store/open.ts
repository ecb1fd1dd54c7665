/** Opens states as most tests of the LMDB store need them. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
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

/**
 * As if somebody had removed the lock, and another server had then taken the state and had died.
 *
 * LMDB undoes what a process commits while another opens the environment (docs/decisions/lmdb.md), so
 * a `holder` in another process stands still meanwhile; what it does next comes before or after the
 * new row, as it happens.
 */
export async function takeAway(
  directory: string,
  durable: Durability,
  holder: ChildProcess | null = null,
): Promise<void> {
  rmSync(join(directory, "lock"), { recursive: true, force: true });
  if (holder !== null) await stop(holder.pid!);
  const database = new StateDatabase(directory, durable, new RecordingLog());
  holder?.kill("SIGCONT");
  const another = holderCodec.encode({ ...thisProcess(0), bootId: "another boot" });
  database.transaction(() => [metaWrite("owner", another)]);
  await database.close();
}

/** All its threads. Should it hold what LMDB needs to open a table, it goes on after a while. */
async function stop(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  const threads = readdirSync(`/proc/${pid}/task`);
  const isStopped = (thread: string) =>
    readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8").split(") ").at(-1)?.startsWith("T");
  while (!threads.every(isStopped)) await new Promise((resolve) => setTimeout(resolve, 1));
  spawn("sh", ["-c", `sleep 2; kill -CONT ${pid} 2>/dev/null`], { stdio: "ignore" }).unref();
}
