/** Reads all rows of one moment a few at a time, while the state goes on changing. */
import type { Database, RootDatabase } from "lmdb";
import type { RowSlices } from "../lock/holder-server.js";
import type { StoredRow } from "../lock/wire.js";

export type Rows = Database<Buffer, Buffer>;

/** A slice ends with the row that reaches so many bytes: a fraction of a millisecond. */
const SLICE_BYTES = 64 * 1024;

export class RowReading implements RowSlices {
  /** Null once it has ended. */
  private transaction: ReturnType<RootDatabase["useReadTransaction"]> | null;
  private last: Buffer | null = null;

  constructor(
    root: RootDatabase<Buffer, Buffer>,
    private readonly tables: (readonly [name: string, rows: Rows])[],
    readonly fileBytes: number,
    private readonly onEnd: () => void,
  ) {
    this.transaction = root.useReadTransaction();
  }

  next(): readonly StoredRow[] | null {
    const { transaction } = this;
    if (transaction === null) throw new Error("the state was closed while it was read");
    const slice: StoredRow[] = [];
    let bytes = 0;
    for (let first = this.tables[0]; first !== undefined; first = this.tables[0]) {
      const [table, rows] = first;
      const start = this.last === null ? {} : { start: this.last, exclusiveStart: true };
      for (const { key, value } of rows.getRange({ transaction, ...start })) {
        slice.push({ table, key, value });
        bytes += key.length + value.length;
        this.last = key;
        if (bytes >= SLICE_BYTES) return slice;
      }
      this.tables.shift();
      this.last = null;
    }
    return slice.length > 0 ? slice : null;
  }

  end(): void {
    if (this.transaction === null) return;
    this.transaction.done();
    this.transaction = null;
    this.onEnd();
  }
}
