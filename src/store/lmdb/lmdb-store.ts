/** The store that a server has unless told otherwise: an LMDB file in its state directory. */
import type { Log } from "../../engine/contract/log.js";
import type { ChangeSet, ExcludedRecord, SavedState } from "../../engine/contract/records.js";
import type { Store, StoreOptions } from "../../engine/contract/store-port.js";
import { DamagedRecordError, StateLostError } from "../errors.js";
import { HolderWatch } from "../lock/holder-watch.js";
import type { StateLock } from "../lock/state-lock.js";
import { MIGRATIONS } from "../migrations/list.js";
import type { Migration } from "../migrations/migration.js";
import { writesOf } from "../records/change-set.js";
import { type DamagedRow, readCounters, readState } from "../records/state-reader.js";
import { excludedTable, RECORD_TABLES } from "../records/tables.js";
import { checkFile, checkOwner, takeLock } from "./before-opening.js";
import { CommitQueue } from "./commit-queue.js";
import { compact } from "./compaction.js";
import { type Durability, StateDatabase } from "./database.js";
import { makeUsable } from "./directory.js";
import { excludeUnusable, type UsableState } from "./exclusion.js";
import { thisProcess } from "./holder.js";
import { HolderClaim } from "./holder-claim.js";
import { memoryForRecords, StateSize } from "./state-size.js";
import { firstRows, upgrade } from "./upgrade.js";

export interface LmdbStoreOptions extends StoreOptions {
  /** The state directory; made if it is not there. */
  readonly directory: string;
  readonly durable: Durability;
  readonly log: Log;
  /** Takes the state from a holder whose life cannot be seen from here; never from a living one. */
  readonly breakLock?: boolean;
  /** Excludes also what is damaged so far that the state would be refused; see exclusion.ts. */
  readonly salvage?: boolean;
  /** No new jobs when reading the state takes so much memory. Default: half of the heap's limit. */
  readonly mostMemoryBytes?: number;
  /** A file of that size is compacted when it is mostly free. */
  readonly compactFromBytes?: number;
  /** Only for tests of migrations. */
  readonly migrations?: readonly Migration[];
}

/**
 * Opens the state directory for this process alone. Rejects with a `StateError` that says what is
 * wrong with it; the state is then as it was.
 */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<Store> {
  const { directory, durable, log, breakLock = false, migrations = MIGRATIONS } = options;
  makeUsable(directory);
  const self = thisProcess(Date.now(), directory);
  const lock = await takeLock(directory, { self, breakLock });
  let opened: StateDatabase | null = null;
  try {
    const use = await checkFile(directory, { self, breakLock });
    if (use !== null) await compact(directory, use, log, options.compactFromBytes);
    const database = new StateDatabase(directory, durable, log);
    opened = database;
    const claim = HolderClaim.take(database, { self, breakLock, log }, () =>
      firstRows(database, migrations),
    );
    database.openTables();
    upgrade(database, migrations, log);
    const usable = excludeUnusable(database, log, { all: options.salvage === true });
    lock.showRows(() => database.read());
    return new LmdbStore({ database, claim, lock, usable }, options);
  } catch (error) {
    await opened?.discard();
    lock.release();
    throw error;
  }
}

interface Opened {
  readonly database: StateDatabase;
  readonly claim: HolderClaim;
  readonly lock: StateLock;
  readonly usable: UsableState;
}

class LmdbStore implements Store {
  readonly leftOpen: boolean;
  private readonly queue: CommitQueue;
  private readonly size: StateSize;
  private readonly database: StateDatabase;
  private readonly claim: HolderClaim;
  private readonly lock: StateLock;
  /** Until it is loaded. */
  private found: SavedState | null;
  private excludedRecords: readonly ExcludedRecord[];
  private lost: StateLostError | null = null;
  private closed: Promise<void> | null = null;
  private readonly watch: HolderWatch;

  constructor(
    { database, claim, lock, usable }: Opened,
    private readonly options: LmdbStoreOptions,
  ) {
    this.database = database;
    this.claim = claim;
    this.lock = lock;
    this.found = usable.state;
    this.excludedRecords = usable.excluded;
    this.leftOpen = claim.leftOpen;
    const { mostMemoryBytes = memoryForRecords(), log } = options;
    this.size = new StateSize(() => database.size(), mostMemoryBytes, log);
    this.queue = new CommitQueue({
      write: async (writes) => {
        await claim.write(writes);
        this.size.wrote(writes);
      },
      log,
      onLost: (reason) => this.lose(reason),
    });
    const { directory } = database;
    this.watch = new HolderWatch({
      check: () => database.isOpen && claim.check(),
      hasLock: () => lock.isThere(),
      checkFile: () => checkOwner(directory, claim.row),
      onLost: (reason) => {
        if (reason instanceof StateLostError) this.lose(reason);
      },
      onUnlocked: () =>
        options.log.error(
          { directory },
          `the lock of the state directory ${directory} was removed: another server could be started on it. Stop this server and start it again, which makes a new one`,
        ),
    });
  }

  get isFull(): boolean {
    return this.size.isFull;
  }

  get excluded(): readonly ExcludedRecord[] {
    return this.excludedRecords;
  }

  /** Rejects with {@link DamagedRecordError} when so much is damaged that nothing was excluded. */
  async load(): Promise<SavedState> {
    if (this.lost !== null) throw this.lost;
    const { found } = this;
    this.found = null;
    if (found !== null) return found;
    const { state, damaged } = readState(this.database);
    if (damaged.length === 0) return state;
    for (const { table, keyText, problem } of damaged) {
      this.options.log.error(
        { table, key: keyText, problem },
        `record ${keyText} of table ${table} is damaged: ${problem}`,
      );
    }
    throw new DamagedRecordError(this.database.file, damaged);
  }

  dropExcluded(numbers: readonly number[]): Promise<void> {
    const dropped = new Set(numbers);
    this.excludedRecords = this.excludedRecords.filter(({ number }) => !dropped.has(number));
    const { name: table, keyBytes } = excludedTable;
    const writes = numbers.map((number) => ({ table, key: keyBytes(number), value: null }));
    return new Promise((resolve) => this.queue.commit(writes, resolve));
  }

  commit(changes: ChangeSet, done: () => void): void {
    this.queue.commit(writesOf(changes), done);
  }

  /** Rejects with {@link DamagedRecordError} when the counters are damaged. */
  async clear(): Promise<void> {
    await this.orLose(async () => {
      this.database.transaction(() => {
        this.claim.check();
        const damaged: DamagedRow[] = [];
        readCounters(this.database, damaged);
        if (damaged.length > 0) throw new DamagedRecordError(this.database.file, damaged);
        return [...this.database.deletions(RECORD_TABLES)];
      });
    });
    this.found = null;
  }

  /** Rejects with STATE_NOT_SAVED when the disk does not take what was committed. */
  close(asFound = false): Promise<void> {
    this.closed ??= this.end(asFound);
    return this.closed;
  }

  private async end(asFound: boolean): Promise<void> {
    this.watch.end();
    try {
      await this.queue.close();
      await this.orLose(() => this.claim.release(asFound));
    } finally {
      await this.database.close().finally(() => this.lock.release());
    }
  }

  private async orLose(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (error instanceof StateLostError) this.lose(error);
      throw error;
    }
  }

  private lose(reason: StateLostError): void {
    if (this.lost !== null) return;
    this.watch.end();
    this.lost = reason;
    this.options.onLost(reason);
  }
}
