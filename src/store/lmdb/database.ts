/** The LMDB environment of a state directory: one file, a few tables of bytes, durable writes. */
import { closeSync, fdatasync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import { open, type RootDatabase } from "lmdb";
import type { Log } from "../../engine/contract/log.js";
import { DamagedStateError, StateError } from "../errors.js";
import {
  type MetaName,
  metaKey,
  TABLE_NAMES,
  type TableName,
  type Write,
} from "../records/tables.js";
import { systemLack } from "../system-lack.js";
import { FileRoom, type FileUse } from "./file-room.js";
import { RowReading, type Rows } from "./row-reading.js";
import type { RecordSize } from "./state-size.js";

/**
 * When a write counts as done: once it is on the disk, or once the operating system has it. What
 * the operating system has survives the end of the process, not that of the machine.
 */
export type Durability = "disk" | "relaxed";

/** How long "relaxed" writes may wait for the disk. */
const FLUSH_INTERVAL_MS = 1_000;

/** Address space reserved at first; LMDB maps more by itself when the state outgrows it. */
const FIRST_MAP_BYTES = 64 * 2 ** 20;

const BYTES = { encoding: "binary", keyEncoding: "binary" } as const;

export class StateDatabase {
  readonly file: string;
  /** Null after a failed write, until it is used again. */
  private root: RootDatabase<Buffer, Buffer> | null = null;
  private readonly tables = new Map<TableName | "meta", Rows>();
  private flushTimer: NodeJS.Timeout | undefined;
  /** Of the data file, to flush it; "relaxed" only. */
  private flushFd: number | null = null;
  private readonly readings = new Set<RowReading>();
  private readonly room: FileRoom;

  /**
   * Of a directory that is there, whose lock this process has, with a file that is sound if it is
   * there. Throws {@link StateError}.
   */
  constructor(
    readonly directory: string,
    private readonly durable: Durability,
    private readonly log: Log,
  ) {
    this.file = join(directory, "data.mdb");
    this.room = new FileRoom(this.file, () => this.fileUse());
    this.openRoot();
  }

  /**
   * One transaction at a time, and no flush may be shared with one that is not yet written: so no
   * overlapping sync. LMDB then writes the pages, flushes them, writes the meta page through to the
   * disk, and only then reports the commit.
   */
  private openRoot(): void {
    this.explained(() => {
      const root = open<Buffer, Buffer>({
        path: this.directory,
        noSubdir: false,
        mapSize: FIRST_MAP_BYTES,
        overlappingSync: false,
        noSync: this.durable === "relaxed",
        eventTurnBatching: false,
        ...BYTES,
      });
      this.root = root;
      try {
        this.tables.set("meta", root.openDB("meta", BYTES));
        if (this.durable === "relaxed") this.flushFd = openSync(this.file, "r+");
      } catch (error) {
        void this.discard();
        throw error;
      }
    });
  }

  private explained<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw explain(error, this.directory, this.file);
    }
  }

  /** Makes the tables; not before it is known that the state is ours to write. */
  openTables(): void {
    this.explained(() => {
      for (const name of TABLE_NAMES) this.tables.set(name, this.open().openDB(name, BYTES));
    });
  }

  private open(): RootDatabase<Buffer, Buffer> {
    if (this.root === null) throw new Error("the state database is not open");
    return this.root;
  }

  get isOpen(): boolean {
    return this.root !== null;
  }

  private ensureOpen(): void {
    if (this.root !== null) return;
    this.openRoot();
    this.openTables();
  }

  private fileUse(): FileUse {
    // lmdb-js has no types for them.
    const stats = this.open().getStats() as { pageSize: number; lastPageNumber: number };
    return { pageBytes: stats.pageSize, lastPage: stats.lastPageNumber };
  }

  private table(name: TableName | "meta"): Rows {
    const table = this.tables.get(name);
    if (table === undefined) throw new Error(`table ${name} is not open`);
    return table;
  }

  /** A row of `meta`, within {@link transaction} or before the first write. */
  meta(name: MetaName): Buffer | undefined {
    return this.explained(() => this.table("meta").get(metaKey(name)));
  }

  /** A row of `meta` as it is now, whichever process wrote it. */
  currentMeta(name: MetaName): Buffer | undefined {
    this.ensureOpen();
    this.open().resetReadTxn();
    return this.meta(name);
  }

  /** Rows in the order of their keys. */
  *rows(name: TableName | "meta"): Iterable<{ readonly key: Buffer; readonly value: Buffer }> {
    try {
      yield* this.table(name).getRange();
    } catch (error) {
      throw explain(error, this.directory, this.file);
    }
  }

  /** Of all records. */
  size(): RecordSize {
    this.ensureOpen();
    let records = 0;
    let bytes = 0;
    for (const table of this.tables.values()) {
      const size = sizeOf(table.getStats());
      records += size.records;
      bytes += size.bytes;
    }
    return { records, bytes };
  }

  /** Begins to read all rows as they are now, whatever is committed until the reading ends. */
  read(): RowReading {
    this.ensureOpen();
    const root = this.open();
    root.resetReadTxn();
    const reading = new RowReading(root, [...this.tables], statSync(this.file).size, () =>
      this.readings.delete(reading),
    );
    this.readings.add(reading);
    return reading;
  }

  /**
   * Runs the action in one durable transaction across processes and applies the changes that it
   * returns. Waits for the disk: for the start only. What the action throws undoes everything.
   */
  transaction(action: () => readonly Write[]): void {
    this.explained(() => {
      this.open().transactionSync(() => this.apply(action()));
    });
  }

  /** Deletes every row of the tables; within {@link transaction}. */
  *deletions(names: Iterable<TableName>): Iterable<Write> {
    for (const table of names) {
      for (const { key } of this.rows(table)) yield { table, key, value: null };
    }
  }

  private apply(writes: readonly Write[]): void {
    for (const { table, key, value } of writes) {
      if (value === null) void this.table(table).remove(key);
      else void this.table(table).put(key, value);
    }
  }

  /**
   * Applies the changes in order in one transaction, on LMDB's thread, if a row of `meta` has the
   * same first eight bytes then; they are to be no NaN as a double. Resolves when the changes are as
   * durable as the database is; with false when the row was another. Rejects with the cause if they
   * could not be written. When LMDB could not, the environment is opened anew for the next attempt,
   * since LMDB refuses to go on after some failures.
   */
  async writeWhile(name: MetaName, row: Buffer, writes: readonly Write[]): Promise<boolean> {
    this.ensureOpen();
    if (!this.room.has(writes)) await this.room.make(writes);
    let written: boolean;
    try {
      // lmdb-js takes those eight bytes for the version of an entry.
      const version = row.readDoubleLE();
      written = await this.table("meta").ifVersion(metaKey(name), version, () =>
        this.apply(writes),
      );
    } catch (error) {
      const cause = await causeOf(error);
      await this.closeRoot();
      throw cause;
    }
    if (this.durable === "relaxed") this.flushSoon();
    return written;
  }

  private flushSoon(): void {
    this.flushTimer ??= setTimeout(() => {
      this.flushTimer = undefined;
      this.flush().catch((error: unknown) => {
        this.log.error(
          { err: error },
          "the state could not be flushed to the disk; it is tried again with the next change. Until then a power failure may lose the last changes. Check that disk",
        );
      });
    }, FLUSH_INTERVAL_MS).unref();
  }

  private flush(): Promise<void> {
    const fd = this.flushFd;
    if (fd === null) return Promise.resolve();
    return new Promise((resolve, reject) => {
      fdatasync(fd, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  private async closeRoot(): Promise<void> {
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    const { flushFd, root } = this;
    this.flushFd = null;
    for (const reading of this.readings) reading.end();
    this.root = null;
    this.tables.clear();
    if (flushFd !== null) closeSync(flushFd);
    await root?.close();
  }

  /** Closes at once, when opening the state came to nothing. */
  async discard(): Promise<void> {
    try {
      await this.closeRoot();
    } catch (error) {
      this.log.warn(
        { err: error },
        "the state could not be closed after a failed start. If the next start finds it in use, end this process first",
      );
    }
  }

  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.closeRoot();
    }
  }
}

/** lmdb-js does not say what its statistics are made of. */
function sizeOf(statistics: object): RecordSize {
  const number = (name: string) => Number(Reflect.get(statistics, name));
  const pages =
    number("treeBranchPageCount") + number("treeLeafPageCount") + number("overflowPages");
  return { records: number("entryCount"), bytes: pages * number("pageSize") };
}

/** LMDB's own errors have codes from -30799 up; those of the system are positive or texts. */
export function explain(error: unknown, directory: string, file: string): unknown {
  if (error instanceof StateError) return error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (typeof code === "number" && code < 0) {
    return new DamagedStateError(file, messageOf(error), { cause: error });
  }
  if (code === undefined) return error;
  return new StateError(
    "STATE_DIRECTORY",
    `The state in ${directory} cannot be opened or written: ${systemLack(error) ?? `${messageOf(error)}. Check its permissions, and the disk that it is on`}.`,
    { cause: error },
  );
}

/** lmdb-js rejects with a general error that carries a promise of the particular one. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && "commitError" in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (cause) {
    return cause;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
