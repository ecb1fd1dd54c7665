/**
 * How large the state is, and whether it may grow. What is written must be read again at a start, into the
 * memory of one process; so before a state outgrows that, the server takes no new jobs. Everything else is
 * written all the same: it ends jobs, or changes what is there.
 */
import { getHeapStatistics } from "node:v8";
import type { Log } from "../../engine/contract/log.js";
import type { Write } from "../records/tables.js";

export interface RecordSize {
  readonly records: number;
  /** Of the pages that hold them. */
  readonly bytes: number;
}

/** A job without arguments takes 2 KiB of memory, with its record and until all is taken up. */
const MEMORY_OF_RECORD = 3 * 1024;
/** Of texts that are not Latin-1, two bytes for a character. */
const MEMORY_OF_BYTE = 2;

/** Measuring takes some 50 µs: it is done when records of so much memory were put, … */
const MEASURED_EVERY_BYTES = 4 * 2 ** 20;
/** … and while full with the first change after so long. */
const MEASURED_WHILE_FULL_MS = 100;

/** Half of what this process may have: the other half is for all that a server does. */
export function memoryForRecords(): number {
  return Math.floor(getHeapStatistics().heap_size_limit / 2);
}

function memoryOf({ records, bytes }: RecordSize): number {
  return records * MEMORY_OF_RECORD + bytes * MEMORY_OF_BYTE;
}

export class StateSize {
  private readonly measure: () => RecordSize;
  private readonly mostBytes: number;
  private readonly log: Log;
  /** Memory for what is in the state, when it was measured last. */
  private measuredBytes = 0;
  private putSince = 0;
  private measuredAt = 0;
  private full = false;

  /** @param mostBytes - Of memory */
  constructor(measure: () => RecordSize, mostBytes: number, log: Log) {
    this.measure = measure;
    this.mostBytes = mostBytes;
    this.log = log;
    this.look();
  }

  get isFull(): boolean {
    return this.full;
  }

  /** To call when the changes are in the state. */
  wrote(writes: readonly Write[]): void {
    for (const { value } of writes) {
      if (value !== null) this.putSince += MEMORY_OF_RECORD + value.length * MEMORY_OF_BYTE;
    }
    const { measuredBytes, putSince, mostBytes } = this;
    if (this.full) {
      if (performance.now() - this.measuredAt >= MEASURED_WHILE_FULL_MS) this.look();
    } else if (putSince >= MEASURED_EVERY_BYTES || measuredBytes + putSince > mostBytes)
      this.look();
  }

  private look(): void {
    const size = this.measure();
    this.measuredBytes = memoryOf(size);
    this.putSince = 0;
    this.measuredAt = performance.now();
    const isFull = this.measuredBytes > this.mostBytes;
    if (isFull === this.full) return;
    this.full = isFull;
    const fields = { ...size, memoryBytes: this.measuredBytes, mostBytes: this.mostBytes };
    const figures = `${size.records} records of ${mebibytes(size.bytes)}, for which a start may need ${mebibytes(this.measuredBytes)} of memory; it may take ${mebibytes(this.mostBytes)}`;
    if (isFull) {
      this.log.error(
        fields,
        `the state is full (${figures}): no new jobs are taken until others have ended. Look for a client that creates jobs without end; --max-old-space-size of Node.js, in NODE_OPTIONS, raises the limit`,
      );
    } else this.log.info(fields, `the state has room again (${figures}): new jobs are taken`);
  }
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
