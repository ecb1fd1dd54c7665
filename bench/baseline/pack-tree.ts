/**
 * A guillotine pack tree over triads, as the Python server packs by.
 *
 *   leaf, free         may take an allocation in one of its corners
 *   leaf, allocated    is one allocation
 *   split              in two by a cut from edge to edge; the smaller child is asked first
 *
 * A leaf that is larger than what it takes is cut along the widest of the margins left, whose strip
 * stays whole; then what remains of it, until the allocation is a leaf of its own. Two free sibling
 * leaves become one again.
 */
export interface Block {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Whether a block, all of it free, will do. */
export type Filter = (block: Block) => boolean;

export class PackTree implements Block {
  private allocated = false;
  private children: readonly [PackTree, PackTree] | null = null;

  constructor(
    readonly x: number,
    readonly y: number,
    readonly width: number,
    readonly height: number,
  ) {}

  /** Takes a block of that size in a corner of a free leaf; null when none will do. */
  allocate(width: number, height: number, filter: Filter): Block | null {
    if (this.allocated || width > this.width || height > this.height) return null;
    if (this.children !== null) {
      return firstOf(this.smallerFirst(), (child) => child.allocate(width, height, filter));
    }
    const right = this.x + this.width - width;
    const top = this.y + this.height - height;
    const corners: [number, number][] = [
      [this.x, this.y],
      [this.x, top],
      [right, this.y],
      [right, top],
    ];
    for (const [x, y] of corners) {
      const block = { x, y, width, height };
      if (filter(block)) return this.take(block);
    }
    return null;
  }

  /** Takes a rectangle of at least `area` triads that is at least as square as `ratio`. */
  allocateArea(area: number, ratio: number, filter: Filter): Block | null {
    if (this.allocated || this.width * this.height < area) return null;
    if (this.children !== null) {
      return firstOf(this.smallerFirst(), (child) => child.allocateArea(area, ratio, filter));
    }
    const shape = shapeFor(area, ratio, this);
    return shape === null ? null : this.allocate(shape.width, shape.height, filter);
  }

  /** Takes exactly that triad; null when it is not free. */
  allocateAt(x: number, y: number): Block | null {
    if (this.allocated || !this.holds(x, y)) return null;
    if (this.children !== null) return firstOf(this.children, (child) => child.allocateAt(x, y));
    return this.take({ x, y, width: 1, height: 1 });
  }

  /** Frees the allocation that has its bottom-left triad there. */
  free(x: number, y: number): void {
    if (this.children === null) {
      if (!this.allocated) throw new Error(`nothing is allocated at (${x}, ${y})`);
      this.allocated = false;
      return;
    }
    const [first, second] = this.children;
    (first.holds(x, y) ? first : second).free(x, y);
    if (first.isFreeLeaf() && second.isFreeLeaf()) this.children = null;
  }

  private holds(x: number, y: number): boolean {
    const { x: left, y: bottom, width, height } = this;
    return x >= left && x < left + width && y >= bottom && y < bottom + height;
  }

  private isFreeLeaf(): boolean {
    return this.children === null && !this.allocated;
  }

  private smallerFirst(): readonly PackTree[] {
    const [first, second] = this.children!;
    return first.width * first.height <= second.width * second.height
      ? [first, second]
      : [second, first];
  }

  /** Makes the block, which is in this free leaf, a leaf of its own. */
  private take(block: Block): Block {
    const left = block.x - this.x;
    const bottom = block.y - this.y;
    const right = this.width - left - block.width;
    const top = this.height - bottom - block.height;
    const widest = Math.max(left, right, bottom, top);
    if (widest === 0) {
      this.allocated = true;
      return block;
    }
    if (left === widest) this.cutAtColumn(left);
    else if (right === widest) this.cutAtColumn(left + block.width);
    else if (bottom === widest) this.cutAtRow(bottom);
    else this.cutAtRow(bottom + block.height);
    const [first, second] = this.children!;
    return (first.holds(block.x, block.y) ? first : second).take(block);
  }

  private cutAtColumn(at: number): void {
    const { x, y, width, height } = this;
    this.children = [new PackTree(x, y, at, height), new PackTree(x + at, y, width - at, height)];
  }

  private cutAtRow(at: number): void {
    const { x, y, width, height } = this;
    this.children = [new PackTree(x, y, width, at), new PackTree(x, y + at, width, height - at)];
  }
}

function firstOf(
  trees: readonly PackTree[],
  allocate: (tree: PackTree) => Block | null,
): Block | null {
  for (const tree of trees) {
    const block = allocate(tree);
    if (block !== null) return block;
  }
  return null;
}

interface Shape {
  readonly width: number;
  readonly height: number;
}

/**
 * The one shape tried in a leaf: the squarest exact factorisation of the area or, where that is not
 * square enough, the smallest rectangle just square enough; turned across the leaf's longer side and
 * squeezed into the leaf. Null when the leaf cannot hold it.
 */
function shapeFor(area: number, ratio: number, leaf: Shape): Shape | null {
  let short = Math.floor(Math.sqrt(area));
  while (area % short !== 0) short--;
  let long = area / short;
  if (short / long < ratio) {
    short = Math.ceil(Math.sqrt(area * ratio));
    long = Math.max(short, Math.ceil(area / short));
  }
  let [width, height] = leaf.width > leaf.height ? [short, long] : [long, short];
  if (width > leaf.width) {
    width = leaf.width;
    height = Math.ceil(area / width);
  } else if (height > leaf.height) {
    height = leaf.height;
    width = Math.ceil(area / height);
  }
  if (width > leaf.width || height > leaf.height) return null;
  if (Math.min(width, height) / Math.max(width, height) < ratio) return null;
  return { width, height };
}
