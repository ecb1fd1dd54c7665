/** The long answers of one connection: the first of them is being written, the others wait behind it. */
import type { Answer, Pieces } from "../answers/answer.js";

/** An answer in the queue of its connection. */
export interface Queued extends Answer {
  /** In place of the line. */
  readonly long?: Long;
}

/** One that is sent in pieces. */
export interface Long {
  readonly pieces: Pieces;
  /** What is written before it; null until it may be sent. */
  before: readonly (string | Buffer)[] | null;
}

/** Pieces written in one turn of the event loop, however fast the client reads: others come next. */
const MOST_PIECES_OF_TURN = 16;

interface PieceSink {
  write(piece: string | Buffer): unknown;
  readonly writableNeedDrain: boolean;
}

export class LongAnswers {
  private queued: Long[] = [];
  /** Bytes of those behind the first. */
  waitingBytes = 0;
  /** Bytes of what is written before any of them. */
  beforeBytes = 0;
  private piecesOfTurn = 0;

  /** Bytes of all, without what was written. */
  get bytes(): number {
    const [first] = this.queued;
    return first === undefined ? 0 : first.pieces.bytes + this.waitingBytes;
  }

  /** Whether there are any that may be sent. */
  get isSendable(): boolean {
    const [first] = this.queued;
    return first !== undefined && first.before !== null;
  }

  /** The answer as it waits until its pieces are written. */
  queue({ mark }: Answer, pieces: Pieces): Queued {
    const long = { pieces, before: null };
    if (this.queued.length > 0) this.waitingBytes += pieces.bytes;
    this.queued.push(long);
    return { line: "", mark, long };
  }

  /** It is written behind these chunks. */
  maySend(long: Long, before: readonly (string | Buffer)[], bytes: number): void {
    long.before = before;
    this.beforeBytes += bytes;
  }

  /**
   * Writes those that may be sent while the client takes them, all but the end of the last. Returns
   * whether that is done.
   *
   * @param goOn - Called in the next turn.
   */
  write(sink: PieceSink, goOn: () => void): boolean {
    while (this.isSendable) {
      const first = this.queued[0]!;
      for (const chunk of first.before!) {
        this.beforeBytes -= chunk.length;
        sink.write(chunk);
      }
      first.before = [];
      if (!this.writePieces(first.pieces, sink, goOn)) return false;
      this.queued.shift();
      const [next] = this.queued;
      if (next !== undefined) this.waitingBytes -= next.pieces.bytes;
    }
    return true;
  }

  private writePieces(pieces: Pieces, sink: PieceSink, goOn: () => void): boolean {
    while (!sink.writableNeedDrain) {
      if (this.piecesOfTurn === MOST_PIECES_OF_TURN) return false;
      const piece = pieces.next();
      if (piece === null) return true;
      sink.write(piece);
      this.piecesOfTurn++;
      if (this.piecesOfTurn > 1) continue;
      setImmediate(() => {
        this.piecesOfTurn = 0;
        goOn();
      });
    }
    return false;
  }

  /** Lets go of all. */
  drop(): void {
    for (const { pieces } of this.queued) pieces.drop();
    this.queued = [];
    this.waitingBytes = 0;
    this.beforeBytes = 0;
  }
}
