/**
 * That this process holds the state: the row `owner` of `meta` is its own. The lock of the directory
 * keeps others of this software away; the row keeps away those that know no lock, and shows that
 * the state was taken from us. LMDB lets one process write at a time, so looking at the row and
 * replacing it is one step, and one process has it.
 *
 * Only --break-lock replaces the row of a process that may still live. That one finds out at its
 * next commit. A commit that it is writing at that moment may land in the state that the other has
 * read already, though nobody is told that it is durable.
 */
import type { Log } from "../../engine/contract/log.js";
import { StateInUseError, StateLostError } from "../errors.js";
import { metaWrite, type Write } from "../records/tables.js";
import type { StateDatabase } from "./database.js";
import {
  type HolderRecord,
  holderCodec,
  holderOrNull,
  lifeWithoutLock,
  readHolder,
} from "./holder.js";

export interface ClaimOptions {
  /** This process. */
  readonly self: HolderRecord;
  /** Passes over a holder whose life cannot be seen from here; never over a living one. */
  readonly breakLock: boolean;
}

/**
 * Whose row that is, if its process no longer lives; null when it cannot be read and the lock is to
 * be broken. Throws {@link StateInUseError}, `DamagedStateError`. To call by who has the lock.
 */
export function formerHolder(
  row: Buffer,
  { directory, file }: { readonly directory: string; readonly file: string },
  { self, breakLock }: ClaimOptions,
): HolderRecord | null {
  const holder = breakLock ? holderOrNull(row) : readHolder(row, file);
  if (holder === null) return null;
  const life = lifeWithoutLock(holder, self);
  if (life === "alive" || (life === "unknown" && !breakLock)) {
    throw new StateInUseError(directory, holder, life);
  }
  return holder;
}

export class HolderClaim {
  private constructor(
    private readonly database: StateDatabase,
    private readonly row: Buffer,
    /** Whether the holder before ended without closing the state. */
    readonly leftOpen: boolean,
  ) {}

  /**
   * Takes the state, in one transaction with the writes that `prepare` returns, or throws and leaves
   * all as it was: {@link StateInUseError}, `DamagedStateError`, or what `prepare` throws.
   */
  static take(
    database: StateDatabase,
    options: ClaimOptions & { readonly log: Log },
    prepare: () => readonly Write[],
  ): HolderClaim {
    const row = holderCodec.encode(options.self);
    let leftOpen = false;
    database.transaction(() => {
      const left = database.meta("owner");
      if (left !== undefined) {
        leftOpen = true;
        const previous = formerHolder(left, database, options);
        options.log.info(
          {
            pid: previous?.pid,
            host: previous?.host,
            since: previous && new Date(previous.sinceMs).toISOString(),
          },
          "the last server on this state directory ended without closing it; this one continues from its last commit",
        );
      }
      return [metaWrite("owner", row), ...prepare()];
    });
    return new HolderClaim(database, row, leftOpen);
  }

  /** Throws {@link StateLostError} when the state has another holder by now. */
  check(): void {
    const { database, row } = this;
    const now = database.currentMeta("owner");
    if (now?.equals(row)) return;
    throw new StateLostError(database.directory, now === undefined ? null : holderOrNull(now));
  }

  /** Leaves the state to the next holder. */
  async release(): Promise<void> {
    this.check();
    await this.database.write([metaWrite("owner", null)]);
  }
}
