/**
 * A long list in blocks of a few views each. A block is made text when somebody is sent it, and shared
 * by all until one of its views changes. So a list of any length costs little memory for each of those
 * who read it slowly, and no more time at once than a block takes.
 *
 *   current   in the newest version; its text is kept
 *   stale     replaced by another, and still to be sent to somebody; its text is made for each of them,
 *             and what its views hold is counted
 */
export interface Block<View> {
  readonly views: readonly View[];
  /** Roughly the bytes that its views take. */
  readonly weight: number;
  text: Buffer | null;
  isCurrent: boolean;
  /** Answers that it is still to be sent with. */
  holders: number;
}

export interface ListForm<View> {
  readonly textOf: (view: View) => string;
  /** Roughly the bytes that a view and its text take. */
  readonly weightOf: (view: View) => number;
  /** Views with the same key, which follow each other, are one block. */
  readonly blockOf: (view: View, index: number) => number;
}

export class ListBlocks<View> {
  private blocks = new Map<number, Block<View>>();
  /** The newest version, and what it was made of. */
  private newest: readonly Block<View>[] = [];
  private views: readonly View[] = [];
  private staleWeight = 0;

  constructor(private readonly form: ListForm<View>) {}

  /** Bytes held for nobody but those who have not read their lists to the end. */
  get staleBytes(): number {
    return this.staleWeight;
  }

  /** The list of these views, as blocks. */
  version(views: readonly View[]): readonly Block<View>[] {
    if (views === this.views) return this.newest;
    const before = this.blocks;
    const blocks = new Map<number, Block<View>>();
    for (let from = 0; from < views.length; ) {
      const key = this.form.blockOf(views[from]!, from);
      let to = from + 1;
      while (to < views.length && this.form.blockOf(views[to]!, to) === key) to++;
      const known = before.get(key);
      const isSame = known !== undefined && hasViews(known, views, from, to);
      blocks.set(key, isSame ? known : this.newBlock(views.slice(from, to)));
      from = to;
    }
    for (const [key, block] of before) if (blocks.get(key) !== block) this.retire(block);
    this.blocks = blocks;
    this.views = views;
    this.newest = [...blocks.values()];
    return this.newest;
  }

  /** The block is to be sent to somebody more. */
  hold(block: Block<View>): void {
    block.holders++;
    if (block.holders === 1 && !block.isCurrent) this.staleWeight += block.weight;
  }

  /** It was sent to one of them, or will not be. */
  release(block: Block<View>): void {
    block.holders--;
    if (block.holders === 0 && !block.isCurrent) this.staleWeight -= block.weight;
  }

  /** The texts of its views, with commas between them. */
  textOf(block: Block<View>): Buffer {
    if (block.text !== null) return block.text;
    const text = Buffer.from(block.views.map(this.form.textOf).join(","));
    if (block.isCurrent) block.text = text;
    return text;
  }

  private newBlock(views: readonly View[]): Block<View> {
    const weight = views.reduce((sum, view) => sum + this.form.weightOf(view), 0);
    return { views, weight, text: null, isCurrent: true, holders: 0 };
  }

  private retire(block: Block<View>): void {
    block.isCurrent = false;
    block.text = null;
    if (block.holders > 0) this.staleWeight += block.weight;
  }
}

function hasViews<View>(
  { views }: Block<View>,
  all: readonly View[],
  from: number,
  to: number,
): boolean {
  if (views.length !== to - from) return false;
  for (let at = from; at < to; at++) if (views[at - from] !== all[at]) return false;
  return true;
}
