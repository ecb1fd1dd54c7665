/**
 * What comes before LMDB opens anything of a state directory. Opening it beside a process that has it
 * open endangers the commits of that one, so nobody else may have it, neither by the lock nor, for
 * software that knows no lock, by the row in the file; and the file must be sound.
 */
import { join } from "node:path";
import { DamagedStateError, StateInUseError, StateLostError } from "../errors.js";
import { type DataFile, type PageUse, readDataFile } from "../file/data-file.js";
import { StateLock } from "../lock/state-lock.js";
import { metaKey } from "../records/tables.js";
import { explain } from "./database.js";
import { holderOrNull, lifeOf } from "./holder.js";
import { type ClaimOptions, formerHolder } from "./holder-claim.js";

/** How long a file may go on changing although nobody has the lock. */
const PATIENCE_MS = 1_000;

/** Rejects with {@link StateInUseError} when another process has it, here or on another computer. */
export async function takeLock(directory: string, claim: ClaimOptions): Promise<StateLock> {
  const { self } = claim;
  const taken = await StateLock.take(directory, self, () => refuseElsewhere(directory, claim));
  if (taken instanceof StateLock) return taken;
  if (taken.heldBy !== null) throw new StateInUseError(directory, taken.heldBy, "alive");
  const content = await readMeta(directory);
  const row = content === "changing" ? undefined : ownerRow(content);
  throw new StateInUseError(directory, row === undefined ? null : holderOrNull(row), "noAnswer");
}

/**
 * To call with the lock. Rejects with {@link StateInUseError} for a holder without one, and with
 * {@link DamagedStateError}. Resolves to how the file's pages are used; null when there is no file.
 */
export async function checkFile(directory: string, claim: ClaimOptions): Promise<PageUse | null> {
  const content = await readMeta(directory, { whole: true });
  if (content === "changing") throw new StateInUseError(directory, null, "writing");
  const file = dataFile(directory);
  if (content.damage !== null) throw new DamagedStateError(file, content.damage);
  const row = ownerRow(content);
  if (row !== undefined) formerHolder(row, { directory, file }, claim);
  return content.use;
}

/**
 * The sockets of another computer look dead from here. Its lock is left alone, so that it goes on
 * keeping others away there.
 */
async function refuseElsewhere(
  directory: string,
  { self, breakLock }: ClaimOptions,
): Promise<void> {
  const content = await readMeta(directory);
  if (content === "changing") throw new StateInUseError(directory, null, "writing");
  const row = ownerRow(content);
  const holder = row === undefined ? null : holderOrNull(row);
  if (holder === null || breakLock || lifeOf(holder, self) !== "elsewhere") return;
  throw new StateInUseError(directory, holder, "elsewhere");
}

/** Rejects with {@link StateLostError} when the file has another holder than that row says. */
export async function checkOwner(directory: string, row: Buffer): Promise<void> {
  const content = await readMeta(directory);
  if (content === "changing" || content.damage !== null) return;
  const now = ownerRow(content);
  if (now?.equals(row)) return;
  throw new StateLostError(directory, now === undefined ? null : holderOrNull(now));
}

function dataFile(directory: string): string {
  return join(directory, "data.mdb");
}

/** `whole`: all of the file is checked. */
async function readMeta(
  directory: string,
  { whole } = { whole: false },
): Promise<DataFile | "changing"> {
  const file = dataFile(directory);
  const options = { patienceMs: PATIENCE_MS, only: "meta", passOver: !whole };
  try {
    return await readDataFile(file, options);
  } catch (error) {
    throw explain(error, directory, file);
  }
}

function ownerRow({ rows }: DataFile): Buffer | undefined {
  return rows.find(({ key }) => key.equals(metaKey("owner")))?.value;
}
