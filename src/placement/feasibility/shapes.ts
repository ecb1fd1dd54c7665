/**
 * Which rectangles of triads are allowed for a request, and in which order they are tried.
 *
 * For n boards any w × h of at least ⌈n / 3⌉ triads that is square enough is allowed. Where a block is
 * free, every smaller block in it is free as well, so the minimal shapes, those that hold no other
 * allowed shape, decide whether anything is free; there are O(√(triads / ratio)) of them. Larger ones
 * matter only where dead boards or links spoil the minimal ones.
 */
import { BOARDS_PER_TRIAD, type Size } from "../../domain/board.js";

export interface ShapeRule {
  /** Fewest triads. */
  readonly triads: number;
  /** Least short side / long side, 0 … 1. */
  readonly ratio: number;
}

/** The rule for a number of boards. A ratio above 1 means its inverse. */
export function shapeRule(boards: number, minRatio: number): ShapeRule {
  const ratio = minRatio > 1 ? 1 / minRatio : Math.max(minRatio, 0);
  return { triads: Math.ceil(boards / BOARDS_PER_TRIAD), ratio };
}

export function isAllowed({ triads, ratio }: ShapeRule, width: number, height: number): boolean {
  return width * height >= triads && Math.min(width, height) / Math.max(width, height) >= ratio;
}

/**
 * The minimal allowed shapes of a machine, in groups of the same area, smallest area first.
 * Squarer ones come first in a group.
 */
export function minimalShapes(rule: ShapeRule, machine: Size): Size[][] {
  const minimal: Size[] = [];
  let lowest = Number.POSITIVE_INFINITY;
  for (let width = 1; width <= machine.width; width++) {
    const height = minHeight(rule, width, machine);
    if (height >= lowest) continue;
    lowest = height;
    minimal.push({ width, height });
  }
  return groupsByArea(minimal);
}

/** Least allowed height for a width; Infinity when none fits the machine. */
function minHeight(rule: ShapeRule, width: number, machine: Size): number {
  let height = Math.ceil(rule.triads / width);
  while (height <= machine.height && !isAllowed(rule, width, height)) {
    if (height >= width) return Number.POSITIVE_INFINITY;
    height++;
  }
  return height <= machine.height ? height : Number.POSITIVE_INFINITY;
}

function groupsByArea(shapes: Size[]): Size[][] {
  const squareness = ({ width, height }: Size) => Math.min(width, height) / Math.max(width, height);
  const groups = new Map<number, Size[]>();
  for (const shape of shapes) {
    const area = shape.width * shape.height;
    const group = groups.get(area);
    if (group === undefined) groups.set(area, [shape]);
    else group.push(shape);
  }
  return [...groups.entries()]
    .sort(([a], [b]) => a - b)
    .map(([, group]) => group.sort((a, b) => squareness(b) - squareness(a)));
}

/** The shape that holds every allowed one, if there are any: only its own area may be too small. */
export function largestShape(rule: ShapeRule, { width, height }: Size): Size {
  const square = { triads: 0, ratio: rule.ratio };
  let [w, h] = [width, height];
  while (w > h && !isAllowed(square, w, h)) w--;
  while (h > w && !isAllowed(square, w, h)) h--;
  return { width: w, height: h };
}

/** Every shape of a machine, smallest area first, narrowest first among those of one area. */
export class ShapesByArea {
  private readonly widths: Uint16Array;
  private readonly heights: Uint16Array;

  constructor({ width, height }: Size) {
    const keys = new Float64Array(width * height);
    for (let w = 1, i = 0; w <= width; w++) {
      for (let h = 1; h <= height; h++) keys[i++] = w * h * (width + 1) + w;
    }
    keys.sort();
    this.widths = Uint16Array.from(keys, (key) => key % (width + 1));
    this.heights = Uint16Array.from(keys, (key) => {
      const w = key % (width + 1);
      return Math.floor(key / (width + 1)) / w;
    });
  }

  /** The allowed and wanted ones, in groups of one area. */
  *allowed(rule: ShapeRule, isWanted: (w: number, h: number) => boolean): Generator<Size[]> {
    const { widths, heights } = this;
    let group: Size[] = [];
    let area = 0;
    for (let i = 0; i < widths.length; i++) {
      const width = widths[i]!;
      const height = heights[i]!;
      if (!isAllowed(rule, width, height) || !isWanted(width, height)) continue;
      if (width * height !== area && group.length > 0) {
        yield group;
        group = [];
      }
      area = width * height;
      group.push({ width, height });
    }
    if (group.length > 0) yield group;
  }
}
