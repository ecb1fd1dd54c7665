/**
 * Which rectangles of triads may serve a request, and in which order they are tried.
 *
 * A number of boards n may be served by any w × h of at least ⌈n / 3⌉ triads that is square enough.
 * Where a block is free, every smaller block in it is free as well, so the minimal shapes, those that
 * hold no other allowed shape, decide whether anything is free; there are O(√(triads / ratio)) of
 * them. Larger ones matter only where dead boards or links spoil the minimal ones.
 */
import { BOARDS_PER_TRIAD, type Size } from "../geometry/index.js";

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
    const height = leastHeight(rule, width, machine);
    if (height >= lowest) continue;
    lowest = height;
    minimal.push({ width, height });
  }
  return groupsByArea(minimal);
}

/** Least allowed height for a width; Infinity when none is on the machine. */
function leastHeight(rule: ShapeRule, width: number, machine: Size): number {
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

/** Allowed shapes of exactly that area on the machine, narrowest first. */
export function shapesOfArea(rule: ShapeRule, area: number, machine: Size): Size[] {
  const shapes: Size[] = [];
  for (let width = Math.ceil(area / machine.height); width <= machine.width; width++) {
    if (area % width !== 0) continue;
    const height = area / width;
    if (isAllowed(rule, width, height)) shapes.push({ width, height });
  }
  return shapes;
}
