/**
 * Where log lines go. Writing never waits: a pipe that nobody reads, a terminal that was stopped or a
 * disk that hangs must not keep clients waiting.
 *
 *   writing    lines go out as they come; what the reader does not take yet waits, up to a limit
 *   dropping   the limit was met, or the output failed: lines are counted until all that waits is
 *              out; then a line says how many are missing, and it goes on
 *
 * Files are written in Node's threads; all else without waiting, by a descriptor of its own where
 * that can be had: whether a descriptor waits is otherwise shared with every process that has it.
 */
import { constants, fstatSync, openSync, write, writeSync } from "node:fs";
import { Socket } from "node:net";

/** Bytes of lines that wait to be written at most. */
const MOST_WAITING_BYTES = 1_048_576;
/** Between two tries to write to a reader that takes nothing. */
const RETRY_MS = 20;

export interface LogOutputOptions {
  /** The line, with its end, which says how many are missing before it. */
  readonly droppedLine: (lines: number) => string;
  readonly mostWaitingBytes?: number;
}

interface Waiting {
  readonly bytes: Buffer;
  /** How many lines are missing if this one is not written. */
  readonly lines: number;
}

export class LogOutput {
  private readonly fd: number;
  private readonly isFile: boolean;
  private readonly waiting: Waiting[] = [];
  private waitingBytes = 0;
  /** Bytes of the first that waits that are written. */
  private written = 0;
  private dropped = 0;
  /** Whether the last line that was begun was cut off. */
  private midLine = false;
  private isBusy = false;
  /** Kept for as long as the output: whoever forgets it closes the descriptor. */
  readonly socket: Socket | null;

  constructor(
    fd: number,
    private readonly options: LogOutputOptions,
  ) {
    const { fd: opened, isFile, socket } = withoutWaiting(fd);
    this.fd = opened;
    this.isFile = isFile;
    this.socket = socket;
  }

  /** Writes a line, with its end; or lets it wait, or drops it. */
  write(line: string): void {
    if (this.dropped > 0 && this.waiting.length === 0) this.noteDropped();
    const bytes = Buffer.from(line);
    const most = this.options.mostWaitingBytes ?? MOST_WAITING_BYTES;
    if (this.dropped > 0 || this.waitingBytes + bytes.length > most) this.dropped += 1;
    else this.add({ bytes, lines: 1 });
    this.writeMore();
  }

  /** Writes what can be written at once; for the end of the process. */
  flush(): void {
    if (this.isFile && this.isBusy) {
      // A thread is writing it, and does so to the end.
      this.waiting.shift();
      this.written = 0;
    }
    this.writeNow();
  }

  /** Resolves when nothing waits any more, or after `ms`. */
  async drained(ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (this.waiting.length > 0 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  private add(line: Waiting): void {
    this.waiting.push(line);
    this.waitingBytes += line.bytes.length;
  }

  private noteDropped(): void {
    const lines = this.dropped;
    this.dropped = 0;
    const before = this.midLine ? "\n" : "";
    this.midLine = false;
    this.add({ bytes: Buffer.from(before + this.options.droppedLine(lines)), lines });
  }

  private writeMore(): void {
    if (this.isBusy) return;
    if (this.isFile) this.writeToFile();
    else this.writeNow();
  }

  private writeNow(): void {
    for (;;) {
      const [first] = this.waiting;
      if (first === undefined) return;
      try {
        this.wrote(writeSync(this.fd, first.bytes, this.written));
      } catch (error) {
        if (!isTryAgain(error)) this.fail();
        else if (!this.isBusy) this.tryLater();
        return;
      }
    }
  }

  private tryLater(): void {
    this.isBusy = true;
    setTimeout(() => {
      this.isBusy = false;
      this.writeNow();
    }, RETRY_MS).unref();
  }

  private writeToFile(): void {
    const [first] = this.waiting;
    if (first === undefined) return;
    this.isBusy = true;
    write(this.fd, first.bytes, this.written, null, null, (error, count) => {
      this.isBusy = false;
      if (error !== null) this.fail();
      else this.wrote(count);
      this.writeMore();
    });
  }

  private wrote(count: number): void {
    const [first] = this.waiting;
    if (first === undefined) return;
    this.written += count;
    if (this.written < first.bytes.length) return;
    this.written = 0;
    this.waitingBytes -= first.bytes.length;
    this.waiting.shift();
    if (this.waiting.length === 0 && this.dropped > 0) this.noteDropped();
  }

  /** The reader is gone, or the disk is full: the next line tries again. */
  private fail(): void {
    this.midLine ||= this.written > 0;
    this.written = 0;
    for (const { lines } of this.waiting.splice(0)) this.dropped += lines;
    this.waitingBytes = 0;
  }
}

interface Opened {
  readonly fd: number;
  readonly isFile: boolean;
  readonly socket: Socket | null;
}

function withoutWaiting(fd: number): Opened {
  const stat = fstatSync(fd);
  if (stat.isFile()) return { fd, isFile: true, socket: null };
  if (stat.isFIFO() || stat.isCharacterDevice()) {
    const own = reopened(fd);
    if (own !== null) return { fd: own, isFile: false, socket: null };
  }
  if (stat.isFIFO() || stat.isSocket()) {
    // That makes the descriptor one that does not wait. Never used otherwise.
    return { fd, isFile: false, socket: new Socket({ fd, readable: false, writable: true }) };
  }
  return { fd, isFile: true, socket: null };
}

/** Another descriptor of the same pipe or terminal; null where the system does not give one. */
function reopened(fd: number): number | null {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
  try {
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return null;
  }
}

function isTryAgain(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}
