/**
 * That this process holds the state: the row `owner` of `meta` is its own. The lock of the directory
 * keeps others of this software away; the row keeps away those that know no lock, and shows that
 * the state was taken from us. LMDB lets one process write at a time, so looking at the row and
 * replacing it is one step, and one process has it.
 *
 * Only --break-lock replaces the row of a process that may still live. That one finds out at its
 * next commit, which comes to nothing: every commit looks at the row in its own transaction.
 */
import { randomFillSync } from "node:crypto";
import type { Log } from "../../engine/contract/log.js";
import { StateInUseError, StateLostError } from "../errors.js";
import { metaWrite, type Write } from "../records/tables.js";
import type { StateDatabase } from "./database.js";
import {
  type HolderRecord,
  holderCodec,
  holderOrNull,
  lifeOf,
  lifeWithoutLock,
  readHolder,
} from "./holder.js";

export interface ClaimOptions {
  /** This process. */
  readonly self: HolderRecord;
  /** Passes over a holder whose life cannot be seen from here; never over one that is seen alive. */
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
  const isUnclear = life === "unknown" || life === "elsewhere";
  if (life === "alive" || (isUnclear && !breakLock)) {
    throw new StateInUseError(directory, holder, life);
  }
  return holder;
}

/** The key of a fixed64 field 15, which readers of the message pass over. */
const CLAIM_FIELD = (15 << 3) | 1;

/** A row unlike any before in its first eight bytes, as {@link StateDatabase.writeWhile} needs it. */
function newRow(holder: HolderRecord): Buffer {
  const claim = Buffer.alloc(9);
  do {
    randomFillSync(claim);
    claim[0] = CLAIM_FIELD;
  } while (!Number.isFinite(claim.readDoubleLE()));
  return Buffer.concat([claim, holderCodec.encode(holder)]);
}

const KILLED =
  "the last server on this state directory ended without closing it; this one continues from its last commit";

function copyText({ pid, host, state }: HolderRecord): string {
  return `this state is a copy of the one in ${state?.directory}, made while process ${pid} on ${host} had that open; this server continues from what was committed by then. Never let two servers reach the same BMPs: if that one still runs, its machines must not be in this configuration`;
}

export class HolderClaim {
  private constructor(
    private readonly database: StateDatabase,
    readonly row: Buffer,
    /** The row of the holder before, if that one ended without closing the state. */
    private readonly left: Buffer | null,
  ) {}

  /** Whether the holder before ended without closing the state. */
  get leftOpen(): boolean {
    return this.left !== null;
  }

  /**
   * Takes the state, in one transaction with the writes that `prepare` returns, or throws and leaves
   * all as it was: {@link StateInUseError}, `DamagedStateError`, or what `prepare` throws.
   */
  static take(
    database: StateDatabase,
    options: ClaimOptions & { readonly log: Log },
    prepare: () => readonly Write[],
  ): HolderClaim {
    const row = newRow(options.self);
    let left: Buffer | null = null;
    database.transaction(() => {
      left = database.meta("owner") ?? null;
      if (left !== null) {
        const previous = formerHolder(left, database, options);
        const isCopy = previous !== null && lifeOf(previous, options.self) === "copied";
        options.log[isCopy ? "warn" : "info"](
          {
            pid: previous?.pid,
            host: previous?.host,
            since: previous && new Date(previous.sinceMs).toISOString(),
          },
          isCopy ? copyText(previous) : KILLED,
        );
      }
      return [metaWrite("owner", row), ...prepare()];
    });
    return new HolderClaim(database, row, left);
  }

  /** Throws {@link StateLostError} when the state has another holder by now. */
  check(): void {
    if (this.database.currentMeta("owner")?.equals(this.row) !== true) throw this.lost();
  }

  /**
   * Writes all of it in one transaction. Rejects with {@link StateLostError}, and has written
   * nothing, when the state has another holder; otherwise as {@link StateDatabase.writeWhile}.
   */
  async write(writes: readonly Write[]): Promise<void> {
    if (!(await this.database.writeWhile("owner", this.row, writes))) throw this.lost();
  }

  private lost(): StateLostError {
    const { database } = this;
    const now = database.currentMeta("owner");
    return new StateLostError(database.directory, now === undefined ? null : holderOrNull(now));
  }

  /** Leaves the state to the next holder: closed, or with the row of the holder before, if that left one. */
  async release(asFound: boolean): Promise<void> {
    await this.write([metaWrite("owner", asFound ? this.left : null)]);
  }
}
