/** The six board-to-board links and where they lead. */
import { type BoardCoordinate, type Size, wrap } from "./board.js";

/** Link numbers, anticlockwise from east, as the hardware numbers them. */
export const Links = {
  east: 0,
  northEast: 1,
  north: 2,
  west: 3,
  southWest: 4,
  south: 5,
} as const;

export type Link = (typeof Links)[keyof typeof Links];

export const ALL_LINKS: readonly Link[] = [0, 1, 2, 3, 4, 5];

/** Which edges of the machine a link crosses, as bit flags. */
export const WrapAround = { none: 0, x: 1, y: 2, both: 3 } as const;

export type WrapAround = (typeof WrapAround)[keyof typeof WrapAround];

/** The same link seen from its other end. */
export function oppositeLink(link: Link): Link {
  return ((link + 3) % 6) as Link;
}

type Step = readonly [dx: number, dy: number, dz: number];

/** LINK_STEPS[z][link]: what following that link adds to the coordinates of a board z. */
export const LINK_STEPS: readonly (readonly Step[])[] = [
  [
    [0, -1, 2],
    [0, 0, 1],
    [0, 0, 2],
    [-1, 0, 1],
    [-1, -1, 2],
    [-1, -1, 1],
  ],
  [
    [1, 0, -1],
    [1, 0, 1],
    [1, 1, -1],
    [0, 0, 1],
    [0, 0, -1],
    [0, -1, 1],
  ],
  [
    [0, 0, -1],
    [1, 1, -2],
    [0, 1, -1],
    [0, 1, -2],
    [-1, 0, -1],
    [0, 0, -2],
  ],
];

/** The board at the other end of a link of a torus of `size`, and the edges the link crosses. */
export function followLink(
  [x, y, z]: BoardCoordinate,
  link: Link,
  { width, height }: Size,
): { readonly board: BoardCoordinate; readonly wrap: WrapAround } {
  const [dx, dy, dz] = LINK_STEPS[z]![link]!;
  const nx = x + dx;
  const ny = y + dy;
  const wx = nx < 0 || nx >= width ? WrapAround.x : 0;
  const wy = ny < 0 || ny >= height ? WrapAround.y : 0;
  return {
    board: [wrap(nx, width), wrap(ny, height), z + dz],
    wrap: (wx | wy) as WrapAround,
  };
}

/** A link once more: from the board at its other end. */
export function otherEnd(
  board: BoardCoordinate,
  link: Link,
  machine: Size,
): readonly [BoardCoordinate, Link] {
  return [followLink(board, link, machine).board, oppositeLink(link)];
}
