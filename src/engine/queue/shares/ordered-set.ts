/**
 * A set in an order. Adding, removing and finding the first cost the logarithm of its size, going on
 * to the next a constant: a queue may hold 100,000 jobs.
 *
 * It is a treap: a binary search tree that is a heap by a second, scattered key as well. That key
 * comes from a counter, so the same calls always make the same tree.
 */
interface Node<T> {
  readonly item: T;
  readonly rank: number;
  before: Node<T> | null;
  after: Node<T> | null;
}

export class OrderedSet<T> {
  private root: Node<T> | null = null;
  private items = 0;
  private made = 0;

  /** @param isBefore a total order, which does not change for items that are in the set */
  constructor(private readonly isBefore: (a: T, b: T) => boolean) {}

  get size(): number {
    return this.items;
  }

  get first(): T | undefined {
    let node = this.root;
    while (node?.before) node = node.before;
    return node?.item;
  }

  /** Adds an item that the set does not have. */
  add(item: T): void {
    const node = { item, rank: scattered(++this.made), before: null, after: null };
    this.root = this.insert(this.root, node);
    this.items += 1;
  }

  /** Removes an item, if the set has it; false if not. */
  remove(item: T): boolean {
    const { items } = this;
    this.root = this.without(this.root, item);
    return this.items < items;
  }

  /** In order. The set must not change until the walk is over. */
  walk(): Walk<T> {
    return new Walk(this.root);
  }

  private insert(node: Node<T> | null, fresh: Node<T>): Node<T> {
    if (node === null) return fresh;
    if (this.isBefore(fresh.item, node.item)) {
      const before = this.insert(node.before, fresh);
      node.before = before;
      if (before.rank <= node.rank) return node;
      node.before = before.after;
      before.after = node;
      return before;
    }
    const after = this.insert(node.after, fresh);
    node.after = after;
    if (after.rank <= node.rank) return node;
    node.after = after.before;
    after.before = node;
    return after;
  }

  private without(node: Node<T> | null, item: T): Node<T> | null {
    if (node === null) return null;
    if (node.item === item) {
      this.items -= 1;
      return joined(node.before, node.after);
    }
    if (this.isBefore(item, node.item)) node.before = this.without(node.before, item);
    else node.after = this.without(node.after, item);
    return node;
  }
}

/** Goes through a set. A generator would take several times as long. */
export class Walk<T> {
  private readonly open: Node<T>[] = [];

  constructor(root: Node<T> | null) {
    this.descend(root);
  }

  /** The next item; undefined after the last. */
  next(): T | undefined {
    const node = this.open.pop();
    if (node === undefined) return undefined;
    this.descend(node.after);
    return node.item;
  }

  private descend(from: Node<T> | null): void {
    for (let node = from; node !== null; node = node.before) this.open.push(node);
  }
}

function joined<T>(before: Node<T> | null, after: Node<T> | null): Node<T> | null {
  if (before === null) return after;
  if (after === null) return before;
  if (before.rank > after.rank) {
    before.after = joined(before.after, after);
    return before;
  }
  after.before = joined(before, after.before);
  return after;
}

/** Whole numbers that follow each other become ones that do not. */
function scattered(count: number): number {
  let mixed = Math.imul(count ^ (count >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
