/** The answer that is a long list: sent piece by piece, as fast as its reader reads. */
import type { CommitMark } from "../../engine/contract/api.js";
import type { Answer, Pieces } from "./answer.js";
import type { Block, ListBlocks } from "./list-blocks.js";

const BEGIN = Buffer.from('{"return":[');
const COMMA = Buffer.from(",");
const END = Buffer.from("]}\n");

export class LongList<View> implements Answer {
  constructor(
    private readonly list: ListBlocks<View>,
    private readonly blocks: readonly Block<View>[],
    readonly mark: CommitMark,
  ) {}

  /** All of it at once. */
  get line(): string {
    const pieces = this.pieces();
    let line = "";
    for (let piece = pieces.next(); piece !== null; piece = pieces.next()) line += String(piece);
    return line + String(pieces.end);
  }

  pieces(): Pieces {
    return new PiecesOfList(this.list, this.blocks);
  }
}

class PiecesOfList<View> implements Pieces {
  /** Index of the next block; -1 while nothing was taken. */
  private at = -1;
  readonly end = END;
  bytes = 0;

  constructor(
    private readonly list: ListBlocks<View>,
    private readonly blocks: readonly Block<View>[],
  ) {
    for (const block of blocks) {
      list.hold(block);
      this.bytes += block.weight;
    }
  }

  next(): Buffer | null {
    const { list, blocks } = this;
    if (this.at < 0) {
      this.at = 0;
      return BEGIN;
    }
    const block = blocks[this.at];
    if (block === undefined) return null;
    const text = list.textOf(block);
    list.release(block);
    this.bytes -= block.weight;
    this.at++;
    return this.at === 1 ? text : Buffer.concat([COMMA, text]);
  }

  drop(): void {
    for (const block of this.blocks.slice(Math.max(0, this.at))) this.list.release(block);
    this.at = this.blocks.length;
    this.bytes = 0;
  }
}
